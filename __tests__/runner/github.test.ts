import { describe, expect, test } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { annotations, runStep, type Step } from '../services/runner.ts';
import { perTest } from '../services/temporary.ts';

const entry = [
  '--import',
  fileURLToPath(import.meta.resolve('tsx')),
  fileURLToPath(new URL('probe.ts', import.meta.url)),
  'github',
];
const { folder } = perTest();

async function probe(inputs: Record<string, string>, more: Partial<Step> = {}) {
  const root = await folder();
  const workspace = path.join(root, 'workspace');
  await mkdir(workspace);
  return await runStep({ entry, workspace, temporary: path.join(root, 'temp'), inputs, ...more });
}

describe('a step that passes', () => {
  test('gives its outputs, a summary and a line in the log', async () => {
    const result = await probe({ say: 'two\nlines', names: 'a\n\n b ' });
    expect(result.exitCode).toBe(0);
    expect(result.outputs).toEqual({ said: 'two\nlines a b', names: '' });
    expect(result.summary).toBe('## Probe\n\nline of the summary\n\n');
    expect(result.log).toContain('The probe said two\nlines a b');
    expect(annotations(result, 'error')).toEqual([]);
  });

  test('hides the token from the log', async () => {
    const { commands } = await probe({ 'github-token': 'secret-1' }, { event: pullRequest(1) });
    expect(commands).toContainEqual({ name: 'add-mask', properties: {}, data: 'secret-1' });
  });

  test('knows a tag, a branch and a pull request', async () => {
    const read = async (event: NonNullable<Step['event']>) =>
      JSON.parse((await probe({ do: 'event' }, { event })).outputs.said ?? '') as object;
    const repository = { default_branch: 'trunk' };
    expect(
      await read({ name: 'push', ref: 'refs/tags/digits@v1.0.0', payload: { repository } }),
    ).toMatchObject({ name: 'tag', ref: 'refs/tags/digits@v1.0.0', onDefaultBranch: false });
    expect(
      await read({ name: 'push', ref: 'refs/heads/trunk', payload: { repository } }),
    ).toMatchObject({ name: 'push', onDefaultBranch: true, actor: 'octocat' });
    expect(await read(pullRequest(7))).toMatchObject({
      name: 'pull_request',
      commit: 'c0ffee',
      url: 'https://github.com/acme/digits/actions/runs/1',
    });
  });
});

describe('a step that does not pass', () => {
  test('fails the job with the headline of the report, outputs and summary kept', async () => {
    const result = await probe({ do: 'fail', say: 'no' });
    expect(result.exitCode).toBe(1);
    expect(annotations(result, 'error').map(({ data }) => data)).toEqual(['The probe said no']);
    expect(result.outputs.said).toBe('no');
    expect(result.summary).toContain('## Probe');
  });

  test('names an unknown input and the known ones', async () => {
    const result = await probe({ sya: 'x' });
    expect(result.exitCode).toBe(1);
    const [error] = annotations(result, 'error');
    expect(error?.data).toContain("there is no input 'sya'");
    expect(error?.data).toContain('say, names');
    expect(result.summary).toContain("there is no input 'sya'");
  });

  test("puts a user's mistake where it stands, with what to do", async () => {
    const result = await probe({ do: 'mistake', say: 'stage is malformed' });
    expect(result.exitCode).toBe(1);
    expect(annotations(result, 'error')).toEqual([
      {
        name: 'error',
        properties: { title: 'probe', file: 'dvc.yaml', line: '3', col: '5' },
        data: 'stage is malformed\nMend it.',
      },
    ]);
    expect(result.log).not.toMatch(/^\s+at /m);
    expect(result.outputs).toEqual({});
  });

  test('shows the stack and the cause of a bug', async () => {
    const result = await probe({ do: 'bug', say: 'undefined is not a function' });
    expect(result.exitCode).toBe(1);
    const [error] = annotations(result, 'error');
    expect(error?.properties.title).toBe('probe: a bug');
    expect(error?.data).toMatch(/TypeError: undefined is not a function\n\s+at .*probe\.ts/);
    expect(error?.data).toContain('caused by Error: the reason below');
  });
});

describe('hostile text', () => {
  const hostile = [
    '::error::gotcha',
    '  ::add-mask::a',
    '\u0085::set-output name=said::owned',
    'look: ##[set-output name=said;]owned',
    '##[group]gotcha',
    'first\r::stop-commands::x',
    'first\n::error file=a,line=1::gotcha',
    '%0A::error::gotcha',
    '\u001b[2K\u001b]0;title\u0007::warning::gotcha',
    '<img src=x onerror=alert(1)>',
    '[click](javascript:alert(1)) `code` | cell |',
  ];

  test.each(hostile)('is never obeyed in a log: %j', async (say) => {
    const { commands, exitCode } = await probe({ do: 'annotate', say });
    const wanted = ['warning', 'debug', 'group', 'endgroup'];
    expect(commands.map(({ name }) => name)).toEqual(wanted);
    expect(commands[0]?.data).toBe(say.trim());
    expect(commands[0]?.properties.file).toBe(say.trim());
    expect(exitCode).toBe(0);
  });

  test.each(hostile)('is never obeyed in an output or a headline: %j', async (say) => {
    const { commands, outputs } = await probe({ do: 'output', say });
    expect(commands).toEqual([]);
    expect(outputs.said).toBe(say.trim());
  });

  test.each(hostile)('is never obeyed in an error: %j', async (say) => {
    const mistake = await probe({ do: 'mistake', say });
    expect(mistake.commands.map(({ name }) => name)).toEqual(['error']);
    const bug = await probe({ do: 'bug', say });
    expect(bug.commands.map(({ name }) => name)).toEqual(['error']);
  });

  test('cannot leave the fence of the error summary', async () => {
    const { summary } = await probe({ do: 'mistake', say: 'a\n~~~~\n<script>alert(1)</script>' });
    const fences = summary.split('\n').filter((line) => line.startsWith('~~~~'));
    expect(fences).toHaveLength(2);
  });
});

describe('limits of GitHub', () => {
  test('a summary over 1 MiB is cut at a line and says so', async () => {
    const { summary } = await probe({ size: '80000' });
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1024 * 1024);
    expect(Buffer.byteLength(summary)).toBeGreaterThan(1000 * 1024);
    expect(summary).toContain('did not fit into a step summary');
    const [, ...lines] = summary.split('*The rest')[0]!.trim().split(/\n+/);
    expect(new Set(lines)).toEqual(new Set(['line of the summary']));
  });

  test('ten annotations of a level are shown', async () => {
    const result = await probe({ say: 'annotations' });
    expect(annotations(result, 'warning')).toHaveLength(10);
  });
});

function pullRequest(number: number) {
  return {
    name: 'pull_request',
    ref: `refs/pull/${number}/merge`,
    payload: { pull_request: { number, head: { sha: 'c0ffee' } } },
  };
}
