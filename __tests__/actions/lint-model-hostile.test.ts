import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseHTML } from 'linkedom';
import { marked } from 'marked';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RULES } from '../../src/lint/rules/index.ts';
import { calling, gguf, safetensors, zip, type Files } from '../lint/lint.ts';
import { sarifErrors } from '../lint/sarif-schema.ts';
import { adder, floatValue, model, node } from '../onnx/wire.ts';
import { Clone } from '../registry/clone.ts';
import { runStep, type StepResult } from '../services/runner.ts';

const ACTION = fileURLToPath(new URL('../../dist/lint-model/index.js', import.meta.url));

/** What a log, Markdown, HTML, a shell or an expression might obey. */
const HOSTILE = [
  '\n::error::pwned',
  '::set-output name=verdict::clean%0A::add-mask::a',
  '\u0085::stop-commands::x',
  '##[error]pwned',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)<\u2044script><!--',
  '&lt;b&gt;&#60;i>&amp;',
  '| a | b |\n|---|---|',
  '`` ` ``` code',
  '[link](javascript:alert(1)) ![image](https:example.org)',
  '# heading\n- [x] item\n\n---\n\n> quote',
  '\u001b[2J\u001b]0;title\u0007\u001b[31mred',
  'weights\u202Elkp.exe\u2066\u200F',
  '@octocat @github/security #1 GH-1',
  '$(touch pwned)`touch pwned`;${{ github.token }}',
  '\u2028::error::pwned\u2029',
  '$$\\frac{1}{0}$$ ~~gone~~ **bold** <!-- <details>',
  'see https://evil.example www.evil.example',
  'x'.repeat(240),
];

/** Files that are bad in all formats whose readers repeat what a file says. */
const FILES: Files = Object.assign(
  {},
  ...HOSTILE.map((text, index): Files => ({
    [`names/${text}.pkl`]: calling('os', 'system'),
    [`pickles/${index}.pkl`]: calling(text, text),
    [`zips/${index}.pt`]: zip({ [`../${text}`]: calling('os', 'system') }),
    [`tensors/${index}.safetensors`]: safetensors({
      [text]: { dtype: text, shape: [1], data_offsets: [0, 4] },
    }),
    [`ggufs/${index}.gguf`]: gguf(
      { 'tokenizer.chat_template': `{{ ''.__class__ }}${text}` },
      [],
      0,
    ),
    [`graphs/${index}.onnx`]: model(
      node(text, [text], ['y']),
      floatValue(11, 'x', [1]),
      floatValue(12, 'y', [1]),
    ),
    [`cards/${index}/m.onnx`]: adder(),
    [`cards/${index}/README.md`]: `---\n${JSON.stringify({ license: text, language: text, [text]: text })}\n---\n`,
    [`cards/${index}/config.json`]: JSON.stringify({ auto_map: { [text]: text } }),
  })),
) as Files;

/** The part of linkedom's document that is used here. */
interface Page {
  readonly body: { readonly innerHTML: string };
  querySelectorAll(selector: string): Iterable<Element>;
}

interface Element {
  readonly tagName: string;
  readonly attributes: Iterable<{ readonly name: string }>;
  readonly children: { readonly length: number };
  querySelectorAll(selector: string): Iterable<Element>;
  remove(): void;
}

let clone: Clone;
let step: StepResult;

beforeAll(async () => {
  clone = await Clone.create();
  clone.git('switch', '--quiet', '-c', 'change');
  for (const [name, content] of Object.entries(FILES)) {
    const file = path.join(clone.workspace, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  clone.commit('Hostile files');
  clone.git('switch', '--quiet', 'main');
  clone.git('reset', '--quiet', '--hard', 'HEAD');
  clone.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'change');
  step = await runStep({
    entry: [ACTION],
    workspace: clone.workspace,
    temporary: path.join(clone.root, 'temporary'),
    inputs: { sarif: 'lint.sarif' },
    event: { name: 'pull_request', ref: 'refs/pull/7/merge', payload: {} },
  });
});
afterAll(() => clone.remove());

const inRepository = () =>
  new Set(
    execFileSync('git', ['ls-files', '-z'], { cwd: clone.workspace, encoding: 'utf8' }).split('\0'),
  );

/** Characters that move a cursor, or turn the direction of a text. */
const CONTROL = /(?![\n])[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

test('the check fails, and its outputs are its own', () => {
  expect(step.exitCode).toBe(1);
  expect(Object.keys(step.outputs).toSorted()).toEqual(['evidence', 'findings', 'verdict']);
  expect(step.outputs.verdict).toBe('inconclusive');
  expect(Number(step.outputs.findings)).toBeGreaterThan(HOSTILE.length * 7);
});

test('the runner obeys nothing but annotations of ours, at files that are there', () => {
  const files = inRepository();
  const rules = new Set<string>(RULES.map(({ id }) => id));
  for (const { name, properties, data } of step.commands) {
    expect(['error', 'warning', 'notice']).toContain(name);
    expect(data).not.toMatch(CONTROL);
    expect(data).not.toContain('\n');
    if (properties.file === undefined) {
      expect(data).toMatch(/^failed: \d+ files linted/);
      continue;
    }
    expect(files).toContain(properties.file);
    expect(rules).toContain(properties.title);
  }
  expect(step.log).not.toContain('\u001b');
});

test('the summary is a headline and tables, whatever the files are called', async () => {
  expect(step.summary).not.toMatch(CONTROL);
  const html = await marked.parse(step.summary);
  const { document } = parseHTML(`<body>${html}</body>`) as unknown as { document: Page };
  const elements = [...document.querySelectorAll('body *')];
  const kinds = new Set(elements.map((element) => element.tagName));
  expect([...kinds].toSorted()).toEqual(
    'CODE DETAILS H3 P SUMMARY TABLE TBODY TD TH THEAD TR'.split(' '),
  );
  expect([...document.querySelectorAll('h3')]).toHaveLength(1);
  for (const element of elements) {
    for (const { name } of element.attributes) expect(name).toBe('align');
  }
  for (const body of document.querySelectorAll('table')) {
    const widths = Array.from(body.querySelectorAll('tr'), (row) => row.children.length);
    expect(new Set(widths).size).toBe(1);
  }
  // GitHub looks for these in the text, code spans apart; a comment within splits them.
  for (const span of document.querySelectorAll('code')) span.remove();
  expect(document.body.innerHTML).not.toMatch(/[@#](?=\w)/);
});

test('SARIF is valid, and its messages have no links', () => {
  const sarif = JSON.parse(readFileSync(path.join(clone.workspace, 'lint.sarif'), 'utf8')) as Sarif;
  expect(sarifErrors(sarif)).toBeNull();
  const files = inRepository();
  for (const { message, locations } of sarif.runs[0]!.results) {
    // "[text](target)" is a link, unless its brackets are escaped (SARIF 2.1.0, 3.11.6).
    expect(message.text).not.toMatch(/(?<!\\)[[\]]/);
    expect(message.text).not.toMatch(CONTROL);
    const { uri } = locations[0]!.physicalLocation.artifactLocation;
    expect(files).toContain(decodeURIComponent(uri));
  }
});

interface Sarif {
  runs: {
    results: {
      message: { text: string };
      locations: { physicalLocation: { artifactLocation: { uri: string } } }[];
    }[];
  }[];
}

test('nothing was run or written beside the report', () => {
  const status = clone.git('status', '--porcelain', '--ignored');
  expect(status).toBe('?? lint.sarif');
});
