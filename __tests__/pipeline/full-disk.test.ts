import { afterAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { cli } from '../cli/model-ci.ts';

const run = promisify(execFile);

/** A small disk of its own for one command: a file system in memory, in a name space of its own. */
const small = (script: string, ...values: string[]) =>
  run('unshare', [
    ...['--user', '--map-root-user', '--mount', 'sh', '-c'],
    `mount -t tmpfs -o size=4m tmpfs "$1" && cd "$1" && shift && ${script}`,
    ...['sh', place, ...values],
  ]);

const root = await mkdtemp(path.join(tmpdir(), 'full disk '));
const place = path.join(root, 'mount');
await mkdir(place);

/** Some machines let nobody mount a disk: there the test is told as skipped. */
const testWithDisk = await small('true').then(
  () => test,
  () => test.skip,
);

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Runs the pipeline, fills the disk in its second stage, makes room and runs it again. */
async function fill(stages: object) {
  const pipeline = path.join(root, 'dvc.yaml');
  await writeFile(pipeline, JSON.stringify({ stages }));
  const script = `cp "$1" dvc.yaml; echo in > in
    train() { "$2" "$3" train --no-cache --format json; }
    train "$@" > ../first.out 2> ../first.err; echo "exit $?"; cat ../first.out ../first.err
    echo ---; cat good; echo ---
    rm -f filler; train "$@"`;
  const { stdout } = await small(script, pipeline, process.execPath, cli);
  const [first = '', good = '', json = ''] = stdout.split('---\n');
  const { stages: told } = JSON.parse(json) as { stages: { state: string }[] };
  return { first, good, states: told.map(({ state }) => state) };
}

testWithDisk('a full disk is named, and what was made before is whole', async () => {
  const { first, good, states } = await fill({
    good: { cmd: 'echo good > good', deps: ['in'], outs: ['good'] },
    large: {
      cmd: 'head -c 1500000 /dev/zero > large; test -e again || head -c 9000000 /dev/zero > filler; touch again; true',
      deps: ['good'],
      outs: ['large'],
    },
  });
  expect(first).toContain('the disk is full');
  expect(first).not.toMatch(/exit 0|^\s+at /m);
  expect({ good, states }).toEqual({ good: 'good\n', states: ['unchanged', 'ran'] });
});
