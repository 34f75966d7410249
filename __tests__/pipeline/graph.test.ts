import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../../src/errors.ts';
import { graphOf, select } from '../../src/pipeline/graph.ts';
import type { Stage } from '../../src/project/pipeline-file.ts';
import { DEFAULT_OPTIONS } from '../../src/project/stage-options.ts';

function stage(
  name: string,
  {
    deps = [],
    outs = [],
    ...rest
  }: { deps?: string[]; outs?: string[] } & Partial<Omit<Stage, 'deps' | 'outs'>> = {},
): Stage {
  return {
    name,
    commands: ['true'],
    command: 'true',
    workingDirectory: '.',
    deps,
    params: [],
    outs: outs.map((path) => ({ path, kind: 'out', cache: true, persist: false })),
    frozen: false,
    alwaysChanged: false,
    description: undefined,
    options: DEFAULT_OPTIONS,
    place: { file: 'dvc.yaml', line: 7 },
    ...rest,
  };
}

function names(stages: readonly Stage[]): string[] {
  return stages.map(({ name }) => name);
}

function refusal(stages: readonly Stage[]): UserError {
  try {
    graphOf({ stages });
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(UserError);
    return thrown as UserError;
  }
  throw new Error('the stages were taken');
}

describe('the order of stages', () => {
  test('follows files, whatever the order in the file', () => {
    const graph = graphOf({
      stages: [
        stage('c', { deps: ['b'] }),
        stage('a', { outs: ['a'] }),
        stage('b', { deps: ['a'], outs: ['b'] }),
      ],
    });
    expect(names(graph.order)).toEqual(['a', 'b', 'c']);
  });

  test('follows a file in an output, an output in a folder, a wdir and parameters', () => {
    const makes = stage('makes', { outs: ['x/made/'], workingDirectory: 'w' });
    for (const user of [
      stage('user', { deps: ['w/x/made/file'] }),
      stage('user', { deps: ['w'] }),
      stage('user', { deps: ['.'] }),
      stage('user', { deps: ['./w/x/../x/made'] }),
      stage('user', { params: [{ file: 'w/x/made/p.json', keys: undefined }] }),
    ]) {
      expect(names(graphOf({ stages: [user, makes] }).order)).toEqual(['makes', 'user']);
    }
  });

  test('a name that only starts like an output is another file', () => {
    const graph = graphOf({
      stages: [stage('user', { deps: ['data2'] }), stage('makes', { outs: ['data'] })],
    });
    expect(graph.upstream.get(graph.order[0]!)).toEqual([]);
  });

  test('every stage comes after what it depends on, and none is lost', () => {
    const layers = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(layers, fc.infiniteStream(fc.nat()), (given, random) => {
        const stages = given.map((picks, index) =>
          stage(`s${index}`, {
            deps: index === 0 ? [] : picks.map((pick) => `o${pick % index}`),
            outs: [`o${index}`],
          }),
        );
        const shuffled = stages
          .map((item) => ({ item, key: random.next().value as number }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ item }) => item);
        const { order, upstream } = graphOf({ stages: shuffled });
        expect(new Set(order)).toEqual(new Set(stages));
        expect(order).toHaveLength(stages.length);
        for (const [index, one] of order.entries()) {
          for (const before of upstream.get(one)!)
            expect(order.indexOf(before)).toBeLessThan(index);
        }
      }),
    );
  });

  test('a chain of 20,000 stages is no trouble', () => {
    const stages = Array.from({ length: 20_000 }, (_, index) =>
      stage(`s${index}`, { deps: [`o${index + 1}`], outs: [`o${index}`] }),
    );
    expect(graphOf({ stages }).order[0]?.name).toBe('s19999');
  });
});

describe('a pipeline that cannot be', () => {
  test('a cycle is named whole, with a line', () => {
    const error = refusal([
      stage('start', { deps: ['a'] }),
      stage('a', { deps: ['c'], outs: ['a'] }),
      stage('b', { deps: ['a'], outs: ['b'] }),
      stage('c', { deps: ['b'], outs: ['c'] }),
    ]);
    expect(error.message).toBe('the stages wait for each other: a -> c -> b -> a');
    expect(error.place).toEqual({ file: 'dvc.yaml', line: 7 });
  });

  test.each([
    [['data', 'data'], "'a' and 'b' both make data"],
    [['data', 'data/x'], "'a' and 'b' both make data and data/x"],
    [['data/x/y', 'data'], "'a' and 'b' both make data/x/y and data"],
  ])('two stages that make %j', ([one, two], message) => {
    expect(refusal([stage('a', { outs: [one!] }), stage('b', { outs: [two!] })]).message).toContain(
      message,
    );
  });

  test('a stage that makes one file twice, or reads what it makes', () => {
    expect(refusal([stage('a', { outs: ['x', './x'] })]).message).toContain('twice');
    expect(refusal([stage('a', { deps: ['x'], outs: ['x'] })]).message).toContain('makes itself');
  });

  test.each([
    '.',
    '..',
    '../x',
    '/etc/x',
    'a/../..',
    '.git',
    '.git/hooks/x',
    '.dvc/cache',
    './',
    'dvc.yaml',
  ])('an output %s, which would be deleted before the stage runs', (out) => {
    expect(refusal([stage('a', { outs: [out] })]).message).toContain('cannot have the output');
  });
});

test.each(['data', 'data/state', 'src', '.git', 'dvc.yaml', 'others/state'])(
  'a checkpoint in %s, which would be replaced, is refused',
  (file) => {
    const options = { ...DEFAULT_OPTIONS, checkpoint: { path: file, every: 1000 } };
    const other = stage('other', { outs: ['others'] });
    const refused = refusal([other, stage('a', { deps: ['data', 'src/train.py'], options })]);
    expect(refused.message).toContain('cannot have its checkpoint');
  },
);

test('a checkpoint in an output of its own stage, or beside all, is taken', () => {
  for (const file of ['out', 'out/state', 'state']) {
    const options = { ...DEFAULT_OPTIONS, checkpoint: { path: file, every: 1000 } };
    const taken = graphOf({ stages: [stage('a', { deps: ['data'], outs: ['out'], options })] });
    expect(taken.order).toHaveLength(1);
  }
});

describe('targets', () => {
  const stages = [
    stage('a', { outs: ['a'] }),
    stage('b@1', { deps: ['a'], outs: ['b1'] }),
    stage('b@2', { outs: ['b2'] }),
    stage('c', { deps: ['b1'] }),
    stage('d', { deps: ['b2'], frozen: true }),
  ];
  const graph = graphOf({ stages });

  test.each([
    [[], ['a', 'b@1', 'b@2', 'c', 'd']],
    [['c'], ['a', 'b@1', 'c']],
    [['b'], ['a', 'b@1', 'b@2']],
    [
      ['b@2', 'a'],
      ['a', 'b@2'],
    ],
    [['d'], ['d']],
  ])('%j selects %j', (targets, wanted) => {
    expect(names(select(graph, targets))).toEqual(wanted);
  });

  test('a name that no stage has is refused with those that there are', () => {
    expect(() => select(graph, ['z'])).toThrow("no stage is called 'z'");
  });
});
