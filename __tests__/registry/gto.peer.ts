import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { ls } from '../../src/cli/ls/use-case.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import { parseTag } from '../../src/registry/tag.ts';
import { Clone } from './clone.ts';
import { register } from './commands.ts';

const POLICY = `models:
  digits: { path: models/digits }
  nlp/bert: { path: models/bert }
registry:
  store: ../store
`;

const gto = path.resolve('.peers/gto/bin/gto');
const python = path.resolve('.peers/gto/bin/python');

/** A step is a new commit of a model or a tag; a tag ends in what it stands on, after a blank. */
const STEPS = `
commit digits
digits@v0.1.0
digits#dev#1
commit digits
digits@v0.2.0-rc.1
digits#dev#2
commit digits
digits@v0.2.0
digits#dev#3
digits#staging#4
digits#production#5
commit nlp/bert
nlp/bert@v1.0.0
nlp/bert#dev#1
nlp/bert#production#2
commit nlp/bert
nlp/bert@v1.9.0
commit nlp/bert
nlp/bert@v1.10.0
nlp/bert#production#3
nlp/bert#dev#4 nlp/bert@v1.9.0
commit digits
digits@v0.10.0
digits#staging#6
digits#production#7
digits#production!#8
digits#dev#9 digits@v0.1.0
digits@v0.2.0! digits@v0.2.0
commit digits
digits@v1.0.0+cuda
digits#production#10
digits#production#11 digits@v0.10.0
nlp/bert#production!#5 nlp/bert@v1.10.0
nlp/bert@v1.10.0! nlp/bert@v1.10.0
nlp/bert@deprecated
commit digits
digits@v2.0.0
digits@v2.0.0!
digits@deprecated
commit digits
digits@v3.0.0
digits#dev#12
digits#dev!#13 digits@v0.1.0
`
  .trim()
  .split('\n');

describe('GTO reads the same repository and the same truth', () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await Clone.create(POLICY);
    await clone.write('models/bert/model.onnx', 'bert');
    clone.commit('Bert');
  });
  afterAll(() => clone.remove());

  test('after every tag', async () => {
    let tags = 0;
    for (const [index, step] of STEPS.entries()) {
      // GTO orders by time, in seconds; a tag is younger than its commit.
      const at = { GIT_COMMITTER_DATE: `${1_900_000_000 + index * 60} +0000` };
      const [name = '', on = 'HEAD'] = step.replace(/^commit /, '=').split(' ');
      if (name.startsWith('=')) {
        const folder = name === '=digits' ? 'digits' : 'bert';
        await clone.write(`models/${folder}/model.onnx`, `weights of step ${index}`);
        clone.commit(step);
        continue;
      }
      clone.gitAt(at, 'tag', '--annotate', '--message', name, name, `${on}^{commit}`);
      clone.git('push', '--quiet', 'origin', `refs/tags/${name}`);
      const { report } = await register(clone, name);
      expect([name, report.headline, report.passed]).toEqual([name, report.headline, true]);
      tags += 1;
      expect([name, await ours()]).toEqual([name, theirs()]);
    }
    expect(tags).toBeGreaterThanOrEqual(30);
  }, 600_000);

  const ours = async () => {
    const models = await ls.run(readInputs(ls.inputs, new Map()), clone.ports());
    return Object.fromEntries(
      models.map(({ model, latest, environments, retired }) => [
        model,
        { version: latest ?? null, stage: environments, active: !retired },
      ]),
    );
  };

  const theirs = () => {
    const shown = run(gto, ['show', '--json', '--deprecated', '--repo', clone.workspace]);
    const models = JSON.parse(shown) as Record<
      string,
      { version: string | null; stage: Record<string, string | null>; active: boolean }
    >;
    return Object.fromEntries(
      Object.entries(models).map(([name, { version, stage, active }]) => [
        name,
        {
          version,
          stage: Object.fromEntries(Object.entries(stage).filter(([, at]) => at)),
          active,
        },
      ]),
    );
  };
});

describe('the grammar of tags', () => {
  test("is GTO's, for 20,000 texts that look like tags", () => {
    const piece = fc.constantFrom(
      ...['digits', 'a', 'nlp/bert', 'x-', '-x', '@', '#', '!', '=', '/', '.', 'v1.2.3', 'v1.2'],
      ...['v01.2.3', 'v1.2.3-rc.1', 'v1.2.3+b', 'v0.0.0-01', 'deprecated', 'created', '3', '#4'],
      ...['prod', 'é', ' ', '_', 'v1.2.3-x.y-z+q.1', 'latest', 'A9'],
    );
    const text = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''));
    const tag = fc
      .tuple(
        fc.constantFrom('digits', 'nlp/bert', 'models/x=bert', 'a', 'a-', '_a'),
        fc.constantFrom('@v1.2.3', '#prod', '@deprecated', '@v1.0.0-a.1+b', '#a/b', '@v1.0'),
        fc.constantFrom('', '!', '!!'),
        fc.constantFrom('', '#1', '#007', '#', '#x'),
      )
      .map((parts) => parts.join(''));
    const texts = fc.sample(fc.oneof(text, tag), { numRuns: 20_000, seed: 7 });
    const script = `
import json, sys
from gto.tag import parse_name
out = []
for t in json.load(sys.stdin):
    p = parse_name(t, raise_on_fail=False)
    a = p.get("action")
    out.append(a and [a.value, p["name"], p.get("version") or p.get("stage"), p.get("counter")])
json.dump(out, sys.stdout)`;
    const expected = JSON.parse(run(python, ['-c', script], JSON.stringify(texts))) as unknown[];
    const found = texts.map((each) => {
      const parsed = parseTag(each);
      // A plain version is ours alone: GTO has no name for it.
      if (parsed?.model === undefined) return null;
      const { action, model, counter } = parsed;
      const what =
        'version' in parsed ? parsed.version : 'environment' in parsed ? parsed.environment : null;
      return [action, model, what, counter ?? null];
    });
    expect(found).toEqual(expected);
    expect(found.filter(Boolean).length).toBeGreaterThan(2_000);
  });
});

function run(program: string, command: readonly string[], input = ''): string {
  return execFileSync(program, command, { encoding: 'utf8', input, maxBuffer: 1e9 });
}
