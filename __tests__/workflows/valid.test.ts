import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { problems } from './language-service.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const workflows = ['.github/workflows', 'examples/digits/.github/workflows'].flatMap((folder) =>
  readdirSync(path.join(root, folder)).map((file) => path.join(folder, file)),
);
const actions = [
  'action.yml',
  ...readdirSync(path.join(root, 'actions')).map((name) =>
    path.join('actions', name, 'action.yml'),
  ),
];

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

describe("GitHub's own language service", () => {
  test.each([...workflows, ...actions])('finds nothing in %s', async (file) => {
    expect(await problems(file, read(file))).toEqual([]);
  });

  test('would find a misspelt input, an unknown job and bad YAML', async () => {
    const file = 'examples/digits/.github/workflows/model.yml';
    const text = read(file);
    expect(await problems(file, text.replace('model: digits', 'modle: digits'))).toHaveLength(1);
    expect(await problems(file, text.replace('needs: review', 'needs: reveiw'))).not.toEqual([]);
    expect(await problems(file, text.replace('steps:', 'stpes:'))).not.toEqual([]);
  });
});

describe('the root action', () => {
  interface Composite {
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly outputs: Readonly<Record<string, { readonly value: string }>>;
    readonly runs: { readonly steps: readonly Step[] };
  }
  interface Step {
    readonly id: string;
    readonly uses: string;
    readonly with: Readonly<Record<string, string>>;
  }
  interface Contract {
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly outputs: Readonly<Record<string, unknown>>;
    readonly runs: { readonly main: string };
  }
  const composite = parse(read('action.yml')) as Composite;
  const contractOf = ({ uses }: Step) =>
    parse(read(path.join(uses.replace('$/', ''), 'action.yml'))) as Contract;

  test('hands only known inputs to the actions, out of its own', () => {
    for (const step of composite.runs.steps) {
      const known = Object.keys(contractOf(step).inputs);
      expect(known).toEqual(expect.arrayContaining(Object.keys(step.with)));
      for (const value of Object.values(step.with)) {
        const [, name = ''] = /inputs\.([\w-]+)/.exec(value) ?? [];
        expect(Object.keys(composite.inputs)).toContain(name);
      }
    }
  });

  test('gives out what the actions give', () => {
    for (const { value } of Object.values(composite.outputs)) {
      const [, id, output = ''] = /steps\.(\w+)\.outputs\.([\w-]+)/.exec(value) ?? [];
      const step = composite.runs.steps.find((candidate) => candidate.id === id);
      expect(Object.keys(contractOf(step!).outputs)).toContain(output);
    }
  });
});

test.each(actions.slice(1))('%s starts a bundle that is there', (file) => {
  const { runs } = parse(read(file)) as { runs: { using: string; main: string } };
  expect(runs.using).toBe('node24');
  expect(existsSync(path.join(root, path.dirname(file), runs.main))).toBe(true);
});

test('every foreign action of this repository is pinned to a commit', () => {
  for (const file of workflows.filter((name) => name.startsWith('.github'))) {
    for (const [, reference = ''] of read(file).matchAll(/uses: (\S+)/g)) {
      expect(reference).toMatch(/@[0-9a-f]{40}$/);
    }
  }
});
