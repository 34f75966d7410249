import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelCi } from '../cli/model-ci.ts';

const WEIGHTS = 'weights '.repeat(10_000);
const hashOf = (text: string, algorithm = 'sha256') =>
  createHash(algorithm).update(text).digest('hex');

let root: string;
let server: Server;
let address: string;
let asked: string[];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'sources '));
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const failing = request.url === '/flaky' && asked.filter((url) => url === '/flaky').length < 2;
    response.statusCode = failing ? 503 : request.url === '/absent' ? 404 : 200;
    response.end(WEIGHTS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await rm(root, { recursive: true, force: true });
});

let count = 0;
async function repository(stages: object, files: Record<string, string> = {}): Promise<string> {
  const folder = path.join(root, String(count++));
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  await writeFile(path.join(folder, 'dvc.yaml'), JSON.stringify({ stages }, undefined, 1));
  return folder;
}

async function train(folder: string, ...options: string[]) {
  const tools = { RUNNER_TOOL_CACHE: path.join(root, 'tools') };
  const command = ['train', '--format', 'json', ...options];
  const { code, stdout, stderr } = await modelCi(folder, command, tools);
  const { stages } = JSON.parse(stdout || '{"stages":[]}') as {
    stages: { name: string; state: string; reasons: string[] }[];
  };
  return { code, stderr, states: stages.map(({ state }) => state), stages };
}

test('all that is missing is named before anything runs', async () => {
  const folder = await repository({
    first: { cmd: 'echo > first', outs: ['first'] },
    second: { cmd: 'true', deps: ['first', 'no-data'], params: ['lr'] },
    third: { cmd: 'true', deps: ['no-other'] },
  });
  const { code, stderr } = await train(folder);
  expect(code).toBe(2);
  for (const text of ["'second' depends on no-data", 'params.yaml', "'third' depends on no-other"])
    expect(stderr).toContain(text);
  expect(existsSync(path.join(folder, 'first'))).toBe(false);
});

describe('data that a .dvc file tracks', () => {
  const md5 = hashOf('data\n', 'md5');
  const tracked = `# mine\nouts:\n- md5: ${md5}\n  size: 5\n  hash: md5\n  path: data.txt\n`;
  const cached = `.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`;
  const stages = { s: { cmd: 'cp data.txt out', deps: ['data.txt'], outs: ['out'] } };

  test('is fetched for a stage that must run, and only then', async () => {
    const files = { 'data.txt.dvc': tracked, [cached]: 'data\n' };
    const folder = await repository(stages, files);
    expect((await train(folder, '--dry')).states).toEqual(['would-run']);
    expect(existsSync(path.join(folder, 'data.txt'))).toBe(false);
    expect((await train(folder)).states).toEqual(['ran']);
    expect(await readFile(path.join(folder, 'out'), 'utf8')).toBe('data\n');
    await rm(path.join(folder, 'data.txt'));
    expect((await train(folder)).states).toEqual(['unchanged']);
    expect(existsSync(path.join(folder, 'data.txt'))).toBe(false);
  });

  test('fails its stage where no cache has it', async () => {
    const folder = await repository(stages, { 'data.txt.dvc': tracked });
    const { code, stages: told } = await train(folder, '--no-cache');
    expect([code, told[0]?.reasons]).toEqual([
      1,
      ['data.txt, which data.txt.dvc tracks, is not here and in no cache: fetch it with dvc pull'],
    ]);
  });

  test('that was edited is written down, as dvc repro does', async () => {
    const files = { 'data.txt.dvc': tracked, 'data.txt': 'edited data\n' };
    const folder = await repository(stages, files);
    expect((await train(folder)).states).toEqual(['ran']);
    expect(await readFile(path.join(folder, 'data.txt.dvc'), 'utf8')).toBe(
      tracked.replace(md5, hashOf('edited data\n', 'md5')).replace('size: 5', 'size: 12'),
    );
  });

  test('of which a stage reads a part is fetched whole', async () => {
    const listing = JSON.stringify([{ md5, relpath: 'a/data.txt' }]).replace(/([:,])"/g, '$1 "');
    const folderHash = hashOf(listing, 'md5');
    const folder = await repository(
      { s: { cmd: 'cp data/a/data.txt out', deps: ['data/a/data.txt'], outs: ['out'] } },
      {
        'data.dvc': `outs:\n- md5: ${folderHash}.dir\n  size: 5\n  nfiles: 1\n  hash: md5\n  path: data\n`,
        [cached]: 'data\n',
        [`.dvc/cache/files/md5/${folderHash.slice(0, 2)}/${folderHash.slice(2)}.dir`]: listing,
      },
    );
    expect((await train(folder)).states).toEqual(['ran']);
  });

  test('a .dvc file of DVC 2 is refused', async () => {
    const old = tracked.replace('  hash: md5\n', '');
    const { code, stderr } = await train(await repository(stages, { 'data.txt.dvc': old }));
    expect(code).toBe(2);
    expect(stderr).toContain('data.txt.dvc has no md5 of DVC 3');
  });
});

describe('pinned weights', () => {
  const stages = (from: object, sha256 = hashOf(WEIGHTS)) => ({
    s: {
      cmd: 'cp base.bin out',
      deps: ['base.bin'],
      outs: ['out'],
      meta: { 'model-ci': { weights: [{ ...from, sha256, to: 'base.bin' }] } },
    },
  });

  test('come from their URL once, and from the cache of the machine afterwards', async () => {
    const folder = await repository(stages({ url: `${address}/flaky` }));
    expect((await train(folder, '--dry')).stages[0]?.reasons).toEqual([
      'base.bin would be fetched',
    ]);
    expect((await train(folder)).states).toEqual(['ran']);
    expect(await readFile(path.join(folder, 'out'), 'utf8')).toBe(WEIGHTS);
    expect((await train(folder)).states).toEqual(['unchanged']);
    const other = await repository(stages({ url: 'http://127.0.0.1:9/never' }));
    expect((await train(other)).states).toEqual(['ran']);
    // The first answer was 503.
    expect(asked.filter((url) => url === '/flaky')).toHaveLength(2);
  });

  test('with other bytes are refused, both digests named, and nothing is left', async () => {
    const folder = await repository(stages({ url: `${address}/w` }, 'ab'.repeat(32)));
    const { code, stages: told } = await train(folder);
    expect(code).toBe(1);
    expect(told[0]?.reasons[0]).toContain(`sha256:${'ab'.repeat(32)}`);
    expect(told[0]?.reasons[0]).toContain(`sha256:${hashOf(WEIGHTS)}`);
    expect(existsSync(path.join(folder, 'base.bin'))).toBe(false);
  });

  test('that cannot be reached are a failure that says so', async () => {
    const { stages: told } = await train(
      await repository(stages({ url: `${address}/absent` }, 'cd'.repeat(32))),
    );
    expect(told[0]?.reasons[0]).toContain(`${address}/absent cannot be fetched`);
  });

  test('come from a path, and never replace a file that nobody else keeps', async () => {
    const from = stages({ path: 'mounted.bin' });
    const folder = await repository(from, { 'mounted.bin': WEIGHTS, 'base.bin': 'mine' });
    const { stages: told } = await train(folder);
    expect(told[0]?.reasons[0]).toContain(`base.bin has sha256:${hashOf('mine')}`);
    expect(await readFile(path.join(folder, 'base.bin'), 'utf8')).toBe('mine');
    await rm(path.join(folder, 'base.bin'));
    expect((await train(folder)).states).toEqual(['ran']);
  });

  test.each([
    [{ url: 'ftp://example.org/w' }, 'url'],
    [{ url: 'https://example.org/w', path: 'w' }, 'from a url or from a path'],
    [{}, 'from a url or from a path'],
  ])('declared as %j are refused', async (from, message) => {
    const { code, stderr } = await train(await repository(stages(from)));
    expect([code, stderr.includes(message)]).toEqual([2, true]);
  });

  test('that are no dependency of their stage are refused', async () => {
    const { s } = stages({ path: 'w' });
    const { code, stderr } = await train(await repository({ s: { ...s, deps: ['dvc.yaml'] } }));
    expect(code).toBe(2);
    expect(stderr).toContain("the weights base.bin of stage 's' are no dependency of it");
  });
});
