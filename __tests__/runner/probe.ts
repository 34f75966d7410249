/**
 * A use case that does to the ports what it is told, so that the adapters can be tested as whole
 * processes: `probe.ts github` as a step of a job, `probe.ts local ARGUMENTS` at a terminal.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, UserError } from '../../src/errors.ts';
import { choice, flag, integer, lines, secret, text } from '../../src/runner/inputs.ts';
import type { Ports } from '../../src/runner/ports.ts';
import type { Report, UseCase } from '../../src/runner/use-case.ts';

interface Result {
  readonly said: string;
  readonly passed: boolean;
  readonly size: number;
}

const inputs = {
  do: choice(
    'What to do',
    [
      'pass',
      'fail',
      'mistake',
      'broken',
      'bug',
      'annotate',
      'output',
      'cache',
      'artifact',
      'comment',
      'check',
      'event',
    ],
    'pass',
  ),
  say: text('What to say', 'hello'),
  names: lines('Names'),
  size: integer('How much to say', { min: 1, max: 4_000_000 }, 1),
  strict: flag('Whether to be strict'),
  'github-token': secret('The token', 'github.token'),
};

const probe: UseCase<typeof inputs, Result, 'said' | 'names'> = {
  name: 'probe',
  description: 'Does what it is told.',
  inputs,
  positional: 'names',
  outputs: { said: 'What was said', names: 'The names' },
  async run({ do: action, say, size, names }, ports) {
    const said = await act(action, say, ports);
    return { said: said ?? [say, ...names].join(' '), passed: action !== 'fail', size };
  },
  report: ({ said, passed, size }): Report<'said' | 'names'> => ({
    passed,
    headline: `The probe said ${said}`,
    outputs: { said, names: '' },
    annotations:
      said === 'annotations'
        ? Array.from({ length: 25 }, (_, index) => ({
            severity: 'warning' as const,
            title: 'probe',
            message: `finding ${index}`,
          }))
        : [],
    summary: `## Probe\n\n${`line of the summary\n`.repeat(size)}`,
    text: `said: ${said}`,
    json: { said },
  }),
};

async function act(action: string, say: string, ports: Ports): Promise<string | undefined> {
  const file = path.join(ports.workspace, 'data', 'weights.bin');
  switch (action) {
    case 'mistake':
      throw new UserError(say, {
        hint: 'Mend it.',
        place: { file: 'dvc.yaml', line: 3, column: 5 },
      });
    case 'broken':
      throw new EnvironmentError(say, { hint: 'Try again later.' });
    case 'bug':
      throw new TypeError(say, { cause: new Error('the reason below') });
    case 'annotate':
      ports.log.warning(say, { file: say, line: 7 });
      ports.log.output(say);
      ports.log.info(say);
      ports.log.debug(say);
      ports.log.progress(say, 1, 1, say);
      return await ports.log.group(say, () => Promise.resolve('annotated'));
    case 'cache': {
      const hit = await ports.cache.restore([path.dirname(file)], `probe-${say}`, ['probe-']);
      if (hit !== undefined) return `${hit} ${await readFile(file, 'utf8')}`;
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, `weights of ${say}`);
      await ports.cache.save([path.dirname(file)], `probe-${say}`);
      return 'miss';
    }
    case 'artifact':
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, 'weights');
      return await ports.artifacts.upload(say, [file], ports.workspace);
    case 'comment':
      return (await ports.pullRequest?.comment('probe', say)) ?? 'no pull request';
    case 'check':
      return (
        (await ports.checks?.publish({
          name: 'probe',
          conclusion: 'action_required',
          title: say,
          summary: say,
          annotations: Array.from({ length: 60 }, () => ({
            severity: 'error' as const,
            title: 'a gate',
            message: say,
            place: { file: 'policy.yml', line: 3 },
          })),
        })) ?? 'no checks'
      );
    case 'event':
      return JSON.stringify(ports.event);
    default:
      return undefined;
  }
}

const [, , adapter, ...argv] = process.argv;
if (adapter === 'local') {
  const { runCommand } = await import('../../src/runner/local/run-command.ts');
  process.exitCode = await runCommand('probe', probe, argv);
} else {
  const { runAction } = await import('../../src/runner/github/run-action.ts');
  await runAction(probe);
}
