import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { encodedOf } from '../../src/store/digest.ts';
import { startDockerRegistry, type DockerRegistry } from '../services/docker-registry.ts';
import { Clone, POLICY } from './clone.ts';
import { fsck, register, verify } from './commands.ts';

const oras = path.resolve('.peers/oras/bin/oras');
const pull = (reference: string, folder: string) =>
  promisify(execFile)(oras, ['pull', '--plain-http', reference, '--output', folder]);

/** More than a chunk of an upload. */
const LARGE = 70 * 1024 * 1024 + 17;
const files = {
  'model.onnx': randomBytes(LARGE),
  'README.md': Buffer.from('---\nlicense: mit\n---\n# Digits\n'),
  'config.json': Buffer.from('{}'),
  'nested/deeper/weights 1.bin': randomBytes(1000),
  'ünïcode.txt': Buffer.from('text'),
  empty: Buffer.alloc(0),
  'twice.bin': randomBytes(5),
};

describe("a version that was registered with Debian's docker-registry", () => {
  let clone: Clone;
  let registry: DockerRegistry;
  let offered: string;
  beforeAll(async () => {
    clone = await Clone.create();
    registry = await startDockerRegistry(path.join(clone.root, 'registry'));
    await clone.write(
      '.github/model-ci.yml',
      POLICY.replace('../store', `oci://${registry.host}/lab/models`),
    );
    for (const [name, bytes] of Object.entries(files)) {
      await clone.write(`models/digits/${name}`, bytes);
    }
    clone.commit('First');
    clone.tag('digits@v1.0.0');
    offered = `${registry.host}/lab/models/digits:v1.0.0`;
  });
  afterAll(async () => {
    await registry.close();
    await clone.remove();
  });

  test('is there', async () => {
    expect((await register(clone, 'digits@v1.0.0')).report.outputs.status).toBe('registered');
    expect((await register(clone, 'digits@v1.0.0')).report.outputs.status).toBe(
      'already-registered',
    );
    expect((await fsck(clone)).result.problems).toEqual([]);
  });

  test('is pulled byte for byte by oras', async () => {
    const folder = path.join(clone.root, 'pulled');
    await mkdir(folder);
    await pull(offered, folder);
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const pulled = names
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)));
    expect(pulled.toSorted()).toEqual(Object.keys(files).toSorted());
    for (const [name, bytes] of Object.entries(files)) {
      expect((await readFile(path.join(folder, name))).equals(bytes)).toBe(true);
    }
  });

  test('shows oras its manifest by the referrers tag, since this registry has no such API', async () => {
    const { stdout } = await promisify(execFile)(oras, [
      'discover',
      '--plain-http',
      '--format',
      'json',
      offered,
    ]);
    expect(stdout).toContain('application/vnd.in-toto+json');
  });

  test('is verified and deployed from there', async () => {
    const { report, result } = await verify(clone, 'digits', { output: '../deployed' });
    expect(report.passed).toBe(true);
    for (const [name, bytes] of Object.entries(files)) {
      expect((await readFile(path.join(result.path ?? '', name))).equals(bytes)).toBe(true);
    }
  });

  test('is refused once its blob was changed on the disk of the registry', async () => {
    const { files: registered } = (await verify(clone, 'digits')).result.record;
    const hex = encodedOf(registered[0]!.digest);
    const blob = path.join(
      registry.folder,
      'docker/registry/v2/blobs/sha256',
      hex.slice(0, 2),
      hex,
    );
    await rm(path.join(blob, 'data'));
    const { report } = await verify(clone, 'digits', { output: '../deployed' });
    expect(report.passed).toBe(false);
    expect(await readdir(path.join(clone.root, 'deployed'))).toContain('model.onnx');
  });
});
