import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '../../src/store/digest.ts';
import { hashBytes } from '../../src/store/hash.ts';
import { findCredentials } from '../../src/store/oci/credentials.ts';
import { OciStore } from '../../src/store/oci/oci-store.ts';
import { parseOciPlace } from '../../src/store/oci/place.ts';
import { CorruptBlob, MissingBlob, type Offer } from '../../src/store/store.ts';
import { startOciRegistry, type OciRegistryOptions } from '../services/oci/registry.ts';
import { perTest } from '../services/temporary.ts';

const { folder, keep } = perTest();

let root: string;
beforeEach(async () => {
  root = await folder();
});

const limits = { windowMs: 200, minimum: 1000, answerMs: 1000 };
const login =
  (username: string, password = 'secret') =>
  () =>
    Promise.resolve({ username, password });

async function start(options: OciRegistryOptions = {}, who?: string) {
  const registry = keep(await startOciRegistry(options));
  const place = parseOciPlace(`oci://${registry.host}/lab/models`);
  const credentials = who === undefined ? () => Promise.resolve(undefined) : login(who);
  return { registry, store: new OciStore(place, { credentials, limits, firstDelayMs: 1 }) };
}

async function source(content: string | Buffer): Promise<{ file: string; digest: Digest }> {
  const file = path.join(root, `source-${hashBytes(content).slice(7, 20)}`);
  await writeFile(file, content);
  return { file, digest: hashBytes(content) };
}

/** Content of many different bytes, cheap to make. */
const bytesOf = (size: number) => {
  const block = createHash('sha512').update(String(size)).digest();
  return Buffer.alloc(size, block);
};
const LARGE = bytesOf(70 * 1024 * 1024 + 3);

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

describe('an OCI store', () => {
  test('keeps bytes by their digest and gives them back', async () => {
    const { store } = await start();
    for (const content of ['', 'hello', bytesOf(3_000_001)]) {
      const { file, digest } = await source(content);
      expect(await store.has(digest)).toBe(false);
      expect(await store.put(digest, file)).toBe('stored');
      expect(await store.put(digest, file)).toBe('present');
      expect(await store.has(digest)).toBe(true);
      const target = path.join(root, `target-${digest.slice(7, 20)}`);
      await store.get(digest, target, content.length);
      expect((await readFile(target)).equals(Buffer.from(content))).toBe(true);
      expect((await store.getBytes(digest, 4_000_000)).equals(Buffer.from(content))).toBe(true);
    }
  });

  test.each([[[]], [['chunks'] as const], [['ranges'] as const]])(
    'sends and fetches large files, without %j',
    async (without) => {
      const { store, registry } = await start({ without });
      const { file, digest } = await source(LARGE);
      expect(await store.put(digest, file)).toBe('stored');
      expect(registry.blobs.get(digest)?.equals(LARGE)).toBe(true);
    },
  );

  test('goes on with an upload where the connection broke', async () => {
    const { store, registry } = await start();
    registry.fail({ on: /^PATCH/, status: 500 });
    registry.fail({ on: /^PUT .*uploads/, status: 503 });
    const { file, digest } = await source(LARGE);
    expect(await store.put(digest, file)).toBe('stored');
    // Two chunks, one of them twice; the upload was begun once.
    expect(registry.calls.filter((call) => call.startsWith('PATCH'))).toHaveLength(3);
    expect(registry.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  test('says what is missing and what is damaged', async () => {
    const { store, registry } = await start();
    const { file, digest } = await source('hello');
    const target = path.join(root, 'target');
    await expect(store.get(digest, target)).rejects.toBeInstanceOf(MissingBlob);
    await expect(store.getBytes(digest, 9)).rejects.toBeInstanceOf(MissingBlob);
    await store.put(digest, file);
    for (const content of ['hellp', '', 'hello ', 'x'.repeat(1000)]) {
      registry.blobs.set(digest, Buffer.from(content));
      await expect(store.get(digest, target, 5)).rejects.toBeInstanceOf(CorruptBlob);
      await expect(stat(target)).rejects.toThrow(/ENOENT/);
      await expect(store.getBytes(digest, 100)).rejects.toBeInstanceOf(CorruptBlob);
      await expect(store.check(digest)).rejects.toBeInstanceOf(CorruptBlob);
    }
    expect(await store.put(digest, file)).toBe('repaired');
    await store.check(digest);
  });

  test('refuses a file that is not what its digest says, and overwrites none', async () => {
    const { store, registry } = await start();
    const { file } = await source('other');
    await expect(store.put(hashBytes('hello'), file)).rejects.toThrow(/should hash to/);
    expect(registry.blobs.size).toBe(0);
    const { file: good, digest } = await source('hello');
    await store.put(digest, good);
    await expect(store.get(digest, file)).rejects.toThrow(/EEXIST/);
    expect(await readFile(file, 'utf8')).toBe('other');
  });

  test('pins what is needed; a pin that nobody can delete is released', async () => {
    for (const without of [[], ['deletion'] as const]) {
      const { store } = await start({ without, tagsPerPage: 1 });
      const { file, digest } = await source('hello');
      await store.put(digest, file);
      await store.pins.write({ name: 'ab', text: 'one', blobs: [digest] });
      await store.pins.write({ name: 'ab', text: 'two', blobs: [digest, digest] });
      await store.pins.write({ name: 'cd', text: 'three', blobs: [digest] });
      const texts = (await collect(store.pins.list())).map(({ name, text }) => [name, text]);
      expect(texts).toEqual([
        ['ab', 'two'],
        ['cd', 'three'],
      ]);
      expect(await collect(store.list())).toMatchObject([{ digest }, { digest }]);
      expect(await store.pins.has('ab')).toBe(true);
      await store.pins.remove('ab');
      await store.pins.remove('ab');
      expect(await store.pins.has('ab')).toBe(false);
      expect(await collect(store.pins.list())).toHaveLength(1);
      const pin = { name: 'ef', text: '', blobs: [hashBytes('none')] };
      await expect(store.pins.write(pin)).rejects.toBeInstanceOf(MissingBlob);
    }
  });
});

describe('an offer', () => {
  async function offered(options: OciRegistryOptions) {
    const { store, registry } = await start(options);
    const { file, digest } = await source('weights');
    const { file: statement, digest: attached } = await source('statement');
    await store.put(digest, file);
    await store.put(attached, statement);
    const offer: Offer = {
      model: 'My_Digits',
      version: 'v1.0.0+build',
      snapshot: digest,
      created: '2026-01-01T00:00:00.000Z',
      source: 'lab/digits',
      revision: 'abc',
      files: [{ name: 'model.onnx', digest, size: 7 }],
      attachments: [{ mediaType: 'application/vnd.in-toto+json', digest: attached }],
    };
    return { store, registry, offer };
  }

  test.each([[[]], [['referrers'] as const], [['mounts'] as const]])(
    'is published once and found, without %j',
    async (without) => {
      const { store, registry, offer } = await offered({ without });
      expect(store.offers.nameOf(offer)).toBe(`${registry.host}/lab/models/my_digits:v1.0.0_build`);
      expect(await store.offers.state(offer)).toBe('absent');
      await store.offers.publish(offer);
      expect(await store.offers.state(offer)).toBe('there');
      const before = registry.calls.filter((call) => call.startsWith('PUT')).length;
      await store.offers.publish(offer);
      expect(registry.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(before);
      const other = { ...offer, revision: 'def' };
      expect(await store.offers.state(other)).toBe('other');
      await expect(store.offers.publish(other)).rejects.toThrow(/is something else/);
    },
  );

  test('moves no bytes where the registry mounts', async () => {
    const { store, registry, offer } = await offered({});
    await store.offers.publish(offer);
    expect(registry.repository('lab/models/my_digits').blobs).toContain(offer.snapshot);
    const sent = registry.calls.filter((call) => /^PUT .*my_digits\/blobs\/uploads/.test(call));
    // The configuration and the empty object that a referrer has in its place.
    expect(sent).toHaveLength(2);
  });
});

describe('who may', () => {
  const accounts = {
    'ada:secret': ['pull', 'push'],
    'eve:secret': ['pull'],
  } as const;

  test.each(['basic', 'bearer'] as const)('is asked with %s', async (scheme) => {
    const options = { guard: { scheme, accounts } };
    const { store, registry } = await start(options, 'ada');
    const { file, digest } = await source('hello');
    expect(await store.put(digest, file)).toBe('stored');

    const as = (who: string) =>
      new OciStore(parseOciPlace(`oci://${registry.host}/lab/models`), {
        credentials: login(who),
        firstDelayMs: 1,
      });
    await as('eve').check(digest);
    const { file: other, digest: second } = await source('second');
    await expect(as('eve').put(second, other)).rejects.toMatchObject({
      message: expect.stringMatching(/does not let eve write .*lab\/models/),
      hint: expect.stringContaining('docker login'),
    });
    await expect(as('mallory').check(digest)).rejects.toMatchObject({ name: 'UserError' });
  });

  test('renews a token that has run out', async () => {
    const guard = { scheme: 'bearer', accounts, tokenLife: 10 } as const;
    const { store, registry } = await start({ guard }, 'ada');
    const { file, digest } = await source('hello');
    await store.put(digest, file);
    await store.check(digest);
    expect(registry.calls.filter((call) => call === 'GET /token').length).toBeGreaterThan(2);
  });

  test('is told to no other host', async () => {
    const thief = keep(await startOciRegistry());
    const heard: (string | undefined)[] = [];
    const { store, registry } = await start({ guard: { scheme: 'basic', accounts } }, 'ada');
    const { file, digest } = await source('hello');
    await store.put(digest, file);
    thief.repository('elsewhere').blobs.add(digest);
    thief.blobs.set(digest, Buffer.from('hello'));
    thief.listen((call) => heard.push(call.request.headers.authorization));
    const location = `${thief.url}/v2/elsewhere/blobs/${digest}`;
    registry.fail({ on: /^GET .*blobs/, status: 307, headers: { location } });
    await store.check(digest);
    expect(heard).toEqual([undefined]);
    // Nor where it asks for them.
    thief.fail({ on: /./, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } });
    registry.fail({ on: /^GET .*blobs/, status: 307, headers: { location } });
    await expect(store.check(digest)).rejects.toMatchObject({ name: 'UserError' });
    expect(heard.filter(Boolean)).toEqual([]);
  });

  test('comes from the files of docker login', async () => {
    const config = {
      auths: { 'ghcr.io': { auth: Buffer.from('ada:s:e').toString('base64') }, 'x.io': {} },
    };
    await mkdir(path.join(root, 'docker'));
    await writeFile(path.join(root, 'docker', 'config.json'), JSON.stringify(config));
    process.env.DOCKER_CONFIG = path.join(root, 'docker');
    expect(await findCredentials('ghcr.io')).toEqual({ username: 'ada', password: 's:e' });
    expect(await findCredentials('x.io')).toBeUndefined();
    expect(await findCredentials('other.io')).toBeUndefined();
    await writeFile(path.join(root, 'docker', 'config.json'), '{');
    await expect(findCredentials('ghcr.io')).rejects.toThrow(/cannot be read/);
  });
  afterEach(() => {
    delete process.env.DOCKER_CONFIG;
  });
});

describe('a registry in trouble', () => {
  test('is asked again, as late as it wants', async () => {
    const { store, registry } = await start();
    const { file, digest } = await source('hello');
    registry.fail({ on: /^HEAD/, status: 429, headers: { 'retry-after': '0' }, times: 3 });
    registry.fail({ on: /^POST/, status: 503, times: 2 });
    expect(await store.put(digest, file)).toBe('stored');
  });

  test('is given up, and nothing is left here', async () => {
    const { store, registry } = await start();
    const { file, digest } = await source('hello');
    await store.put(digest, file);
    registry.fail({ on: /^GET/, status: 500, times: 1000 });
    const target = path.join(root, 'target');
    await expect(store.get(digest, target)).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: expect.stringContaining('answers 500'),
    });
    await expect(stat(target)).rejects.toThrow(/ENOENT/);
  });

  test('that does not exist is named', async () => {
    const { store, registry } = await start();
    await registry.close();
    await expect(store.has(hashBytes('x'))).rejects.toThrow(/cannot be reached/);
  });

  test('that redirects in a circle is left', async () => {
    const { store, registry } = await start();
    const location = '/v2/lab/models/blobs/round';
    registry.fail({ on: /^HEAD/, status: 307, headers: { location }, times: 100 });
    await expect(store.has(hashBytes('x'))).rejects.toThrow(/redirects in a circle/);
  });
});
