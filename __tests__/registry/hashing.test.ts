import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelFiles } from '../../src/project/models.ts';
import { hashChanged } from '../../src/registry/hashing.ts';
import { snapshotOf, type Snapshot } from '../../src/registry/manifest.ts';
import { Clone, POLICY } from './clone.ts';
import { digestIn, register, verify } from './commands.ts';

const NAMES = ['model.onnx', 'README.md', 'tokenizer.json'] as const;
/** Two of the same size, so that only times and inodes tell them apart. */
const TEXTS = ['aaaa', 'bbbb', 'cc', ''] as const;
const model = { name: 'digits', path: 'model', files: undefined, evaluation: undefined };
const RECORD = '.model-ci/snapshot-hashes-sha256';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'hashing '));
});
afterEach(() => rm(workspace, { recursive: true }));

const at = (name: string) => path.join(workspace, 'model', name);

async function start(): Promise<void> {
  await rm(path.join(workspace, 'model'), { recursive: true, force: true });
  await mkdir(path.join(workspace, 'model'));
  for (const name of NAMES) await writeFile(at(name), name);
}

const everything = async () => snapshotOf(await modelFiles(workspace, model));

/** As a registration does it: with what the one before left. */
async function incrementally(): Promise<Snapshot> {
  const hashing = await hashChanged(workspace);
  const snapshot = await snapshotOf(await modelFiles(workspace, model), undefined, hashing);
  await hashing.save();
  return snapshot;
}

type Name = (typeof NAMES)[number];

/** What programs do to files; the last argument tells whether they put the time back. */
const EDITS = {
  write: (name: Name, text: string) => writeFile(at(name), text),
  async replace(name: Name, text: string) {
    await writeFile(`${workspace}/new`, text);
    await rename(`${workspace}/new`, at(name));
  },
  async removeAndWrite(name: Name, text: string) {
    await rm(at(name));
    await writeFile(at(name), text);
  },
  async swap(name: Name) {
    const [other] = NAMES.filter((each) => each !== name);
    await rename(at(name), `${workspace}/aside`);
    await rename(at(other!), at(name));
    await rename(`${workspace}/aside`, at(other!));
  },
  async writeReadOnly(name: Name, text: string) {
    await rm(at(name));
    await writeFile(at(name), text, { mode: 0o444 });
  },
  async writeThroughLink(name: Name, text: string) {
    await link(at(name), `${workspace}/link`);
    await writeFile(`${workspace}/link`, text);
    await rm(`${workspace}/link`);
  },
  protect: (name: Name) => chmod(at(name), 0o444),
  async damageRecord(_name: Name, text: string) {
    const record = path.join(workspace, RECORD);
    const bytes = await readFile(record).catch(() => Buffer.alloc(0));
    // Nothing was hashed yet: there is no record to damage.
    if (bytes.length === 0) return;
    bytes[bytes.length >> (text.length % 5)] = 0x30 + text.length;
    await writeFile(record, bytes);
  },
} as const;

describe('hashing what changed', () => {
  const edit = fc.record({
    kind: fc.constantFrom(...(Object.keys(EDITS) as (keyof typeof EDITS)[])),
    name: fc.constantFrom(...NAMES),
    text: fc.constantFrom(...TEXTS),
    keepTime: fc.boolean(),
    wait: fc.boolean(),
    look: fc.boolean(),
  });

  test('gives the digest of hashing everything, after any edits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 8 }), async (edits) => {
        await start();
        await incrementally();
        for (const { kind, name, text, keepTime, wait, look } of edits) {
          const { atime, mtime } = await stat(at(name));
          await EDITS[kind](name, text);
          if (keepTime) await utimes(at(name), atime, mtime);
          if (wait) await new Promise((resolve) => setTimeout(resolve, 80));
          if (look) expect(await incrementally()).toEqual(await everything());
        }
        expect(await incrementally()).toEqual(await everything());
      }),
      { numRuns: 60 },
    );
  });
});

describe('a registration whose policy lets it', () => {
  let clone: Clone;
  beforeEach(async () => {
    clone = await Clone.create(`${POLICY}  hashing: changed\n`);
  });
  afterEach(() => clone.remove());

  const recorded = async () => {
    const files = (await verify(clone, 'digits')).result.record.files;
    return new Map(files.map(({ name, digest }) => [name, digest]));
  };

  test('registers what is there, and remembers what it hashed', async () => {
    await new Promise((resolve) => setTimeout(resolve, 80));
    clone.tag('digits@v1.0.0');
    expect((await register(clone, 'digits@v1.0.0')).report.passed).toBe(true);
    const first = await recorded();
    const record = await readFile(path.join(clone.workspace, RECORD), 'utf8');
    expect(record).toContain('models/digits/model.onnx');
    // Of the same size as before, at the same time.
    const file = path.join(clone.workspace, 'models/digits/model.onnx');
    const { atime, mtime } = await stat(file);
    await clone.write('models/digits/model.onnx', 'other weights');
    await utimes(file, atime, mtime);
    clone.commit('Other');
    clone.tag('digits@v2.0.0');
    expect((await register(clone, 'digits@v2.0.0')).result.outcome).toMatchObject({
      record: { digest: await digestIn(clone) },
    });
    const second = await recorded();
    expect(second.get('README.md')).toBe(first.get('README.md'));
    expect(second.get('model.onnx')).not.toBe(first.get('model.onnx'));
  });
});
