import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { marked } from 'marked';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lintModel } from '../../src/actions/lint-model/use-case.ts';
import { UserError } from '../../src/errors.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import type { Event } from '../../src/runner/ports.ts';
import { calling, pickle } from '../lint/lint.ts';
import { adder } from '../onnx/wire.ts';
import { Clone, POLICY } from '../registry/clone.ts';

let clone: Clone;
beforeEach(async () => {
  clone = await Clone.create();
  await put('models/digits/model.onnx', adder());
});
afterEach(() => clone.remove());

async function put(name: string, content: Uint8Array | string): Promise<void> {
  const file = path.join(clone.workspace, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function lint(inputs: Readonly<Record<string, string>> = {}, event: Partial<Event> = {}) {
  const given = readInputs(lintModel.inputs, new Map(Object.entries(inputs)));
  const result = await lintModel.run(given, clone.ports(event));
  return { result, report: lintModel.report(result) };
}

interface Json {
  files: { path: string; format: string; verdict: string; findings: Record<string, unknown>[] }[];
}

test('lints every model and card, and binds the evidence to the declared model', async () => {
  const { report } = await lint();
  expect(report).toMatchObject({ passed: true, outputs: { verdict: 'clean', findings: '0' } });
  expect((report.json as Json).files.map((file) => file.path)).toEqual([
    'models/digits/README.md',
    'models/digits/model.onnx',
  ]);
  const evidence = JSON.parse(
    await readFile(path.join(clone.workspace, report.outputs.evidence), 'utf8'),
  ) as object;
  expect(evidence).toMatchObject({ evidence: 'lint', passed: true, models: [{ name: 'digits' }] });
});

test('prints exactly the keys that the contract names', async () => {
  await put('evil.pkl', calling('os', 'system'));
  const { report } = await lint();
  const file = (report.json as Json).files.find(({ path: name }) => name === 'evil.pkl')!;
  expect(Object.keys(file)).toEqual(['path', 'format', 'verdict', 'findings']);
  expect(Object.keys(file.findings[0]!)).toEqual(['rule', 'severity', 'message', 'location']);
  expect(report.passed).toBe(false);
});

test('fails what it could not read, whatever fail-on says', async () => {
  await put('cut.onnx', adder().slice(0, -1));
  const { report } = await lint({ 'fail-on': 'never' });
  expect(report).toMatchObject({ passed: false, outputs: { verdict: 'inconclusive' } });
});

test('opens neither links out of the repository nor special files', async () => {
  await symlink('/etc/passwd', path.join(clone.workspace, 'link.pkl'));
  const { report } = await lint();
  const file = (report.json as Json).files.find(({ path: name }) => name === 'link.pkl');
  expect(file).toMatchObject({ verdict: 'inconclusive', format: 'unknown' });
});

test('names that are not UTF-8 are inconclusive, and no reason to stop', async () => {
  const inBytes = (name: string) =>
    Buffer.concat([Buffer.from(`${clone.workspace}/`), Buffer.from(name, 'latin1')]);
  await writeFile(inBytes('caf\xe9.pkl'), pickle('N.'));
  await mkdir(inBytes('d\xe9pot'));
  await writeFile(inBytes('d\xe9pot/m.pkl'), pickle('N.'));
  const { report } = await lint();
  const refused = (report.json as Json).files.filter(({ format }) => format === 'unknown');
  expect(refused.map((file) => [file.verdict, file.findings[0]?.message])).toEqual([
    ['inconclusive', 'not opened: it has a name that is not UTF-8: rename it'],
    ['inconclusive', 'not opened: the folder has a name that is not UTF-8: rename it'],
  ]);
  expect((report.json as Json).files).toHaveLength(4);
});

describe('fail-on', () => {
  test.each([
    ['error', true],
    ['warning', false],
    ['never', true],
  ])('%s on a warning: passed %s', async (failOn, passed) => {
    await put('models/digits/README.md', '---\nlicense: apache 2.0\n---\n');
    expect((await lint({ 'fail-on': failOn })).report.passed).toBe(passed);
  });

  test('refuses what it does not know', async () => {
    await expect(lint({ 'fail-on': 'sometimes' })).rejects.toThrow(UserError);
  });
});

describe('the policy', () => {
  const policy = (section: string) => put('.github/model-ci.yml', `${POLICY}lint:\n${section}`);
  const unknown = calling('my_project', 'Model');

  test('turns severities, by rule and by family', async () => {
    await put('m.pkl', unknown);
    await policy('  rules:\n    pickle/unknown-global: error\n');
    expect((await lint()).report.passed).toBe(false);
    await policy("  rules:\n    'pickle/*': 'off'\n");
    expect((await lint()).report.outputs.findings).toBe('0');
  });

  test('scopes them by path', async () => {
    await put('legacy/m.pkl', unknown);
    await put('m.pkl', unknown);
    await policy(
      "  overrides:\n    - paths: ['legacy/**']\n      rules: {pickle/unknown-global: 'off'}\n",
    );
    expect((await lint()).report.outputs.findings).toBe('1');
  });

  test('excuses what cannot be read on a path', async () => {
    await put('odd/m.onnx', 'not read');
    await policy(
      "  overrides:\n    - paths: ['odd/**']\n      inconclusive: pass\n      rules: {structure/malformed: warning, structure/inconsistent: warning, onnx/ir-version: warning}\n",
    );
    expect((await lint()).report).toMatchObject({
      passed: true,
      outputs: { verdict: 'inconclusive' },
    });
  });

  test('suppresses a finding until a day, and for one content only', async () => {
    await put('m.pkl', unknown);
    const suppress = (expires: string, rest = 'path: m.pkl') =>
      policy(
        `  suppress:\n    - rule: pickle/unknown-global\n      ${rest}\n      reason: reviewed\n      expires: ${expires}\n`,
      );
    await suppress('2999-01-01');
    expect((await lint()).report.outputs.findings).toBe('0');
    await suppress('2020-01-01');
    expect((await lint()).report.outputs.findings).toBe('1');
    await suppress('2999-01-01', `digest: sha256:${'0'.repeat(64)}`);
    expect((await lint()).report.outputs.findings).toBe('1');
  });

  test('that names no rule of ours is refused', async () => {
    await policy('  rules:\n    pickle/unsafe-globals: error\n');
    await expect(lint()).rejects.toThrow("names the rule 'pickle/unsafe-globals'");
  });
});

describe('in a pull request', () => {
  test('only folders that it touches are linted', async () => {
    await put('other/m.onnx', adder());
    clone.commit('Another model');
    clone.git('switch', '--quiet', '-c', 'change');
    await put('other/weights.bin', 'new');
    clone.commit('Change');
    clone.git('switch', '--quiet', 'main');
    clone.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'change');
    const { report } = await lint({}, { name: 'pull_request' });
    expect((report.json as Json).files.map((file) => file.path)).toEqual(['other/m.onnx']);
    expect((await lint({}, { name: 'push' })).result.report.files).toHaveLength(3);
    expect(
      (await lint({ scope: 'all' }, { name: 'pull_request' })).result.report.files,
    ).toHaveLength(3);
  });

  test('all are, where Git does not tell', async () => {
    expect((await lint({}, { name: 'pull_request' })).result.report.files).toHaveLength(2);
  });
});

describe('hostile names', () => {
  const name = '::error::pwned <img src=x onerror=alert(1)> | [x](https:%2F%2Fevil)\n# heading.pkl';

  test('reach no log, table or annotation as they are', async () => {
    await put(name, pickle(calling('os', 'system')));
    const { report } = await lint();
    const html = await marked.parse(report.summary);
    expect(html).not.toMatch(/<img|<a |<h1/);
    expect(report.summary).not.toMatch(/^# heading|^::error/m);
    expect(report.text).not.toMatch(/^::error|^# heading/m);
    for (const { message } of report.annotations) expect(message).not.toContain('\n');
    expect((report.json as Json).files.map((file) => file.path)).toContain(name);
  });
});

test('SARIF names each rule, and places by URI', async () => {
  await put('a b/evil.pkl', calling('os', 'system'));
  await lint({ sarif: 'out/lint.sarif' });
  const text = await readFile(path.join(clone.workspace, 'out/lint.sarif'), 'utf8');
  const sarif = JSON.parse(text) as {
    version: string;
    runs: {
      results: { ruleId: string; locations: unknown }[];
      tool: { driver: { rules: { id: string }[] } };
    }[];
  };
  const [run] = sarif.runs;
  expect(sarif.version).toBe('2.1.0');
  expect(run!.results[0]).toMatchObject({
    ruleId: 'pickle/unsafe-global',
    level: 'error',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'a%20b/evil.pkl' } } }],
  });
  expect(run!.tool.driver.rules.map(({ id }) => id)).toContain('pickle/unsafe-global');
});
