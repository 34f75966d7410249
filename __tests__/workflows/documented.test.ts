import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { policySchema } from '../../src/project/policy-schema.ts';
import { problems } from './language-service.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const list = (folder: string) => readdirSync(path.join(root, folder));
const pages = [
  'README.md',
  ...list('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...list('actions').map((name) => `actions/${name}/README.md`),
];

interface Example {
  /** The page and the line that it begins at. */
  readonly place: string;
  readonly text: string;
  readonly value: unknown;
}

/** The fenced YAML of the pages. */
const examples: readonly Example[] = pages.flatMap((page) => {
  const text = readFileSync(path.join(root, page), 'utf8');
  return Array.from(text.matchAll(/^(`{3,})yaml\n([^]*?)^\1$/gm), (match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const [, , body = ''] = match;
    return { place: `${page}:${line}`, text: body, value: parse(body) as unknown };
  });
});

const keysOf = ({ value }: Example) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];

/** What is shown of a workflow, with what is left out put around it. */
function workflowOf({ text, value }: Example): string {
  if (Array.isArray(value)) {
    return stringify({ on: 'push', jobs: { job: { 'runs-on': 'ubuntu-latest', steps: value } } });
  }
  const { on = 'push', steps, ...rest } = value as Record<string, unknown>;
  if (steps === undefined) return text;
  return stringify({ on, jobs: { job: { 'runs-on': 'ubuntu-latest', ...rest, steps } } });
}

describe('what the pages show', () => {
  const workflows = examples.filter(({ text }) => text.includes('uses: model-ci/model-ci'));
  const policies = examples.filter((example) =>
    keysOf(example).some((key) => Object.hasOwn(policySchema.shape, key)),
  );

  test('is there', () => {
    expect(workflows.length).toBeGreaterThan(8);
    expect(policies.length).toBeGreaterThan(3);
  });

  test.each(workflows)('is a workflow that GitHub takes: $place', async (example) => {
    expect(await problems(example.place, workflowOf(example))).toEqual([]);
  });

  test.each(policies)('is a policy: $place', ({ value }) => {
    expect(policySchema.safeParse(value).error).toBeUndefined();
  });
});
