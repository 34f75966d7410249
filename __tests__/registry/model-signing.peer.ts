import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelFiles } from '../../src/project/models.ts';
import { manifestText, parseManifest, snapshotOf } from '../../src/registry/manifest.ts';
import {
  certificateSigner,
  certificateVerifier,
} from '../../src/registry/signature/certificate.ts';
import { keySigner, keyVerifier } from '../../src/registry/signature/key.ts';
import { Authority } from './authority.ts';
import { keyPair } from './keys.ts';

const MODEL = { files: undefined, evaluation: undefined };
const tool = path.resolve('.peers/model-signing/bin/model_signing');

const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'] as const;

/** Folders by what is odd about them: file -> content. */
const FOLDERS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['one file', { 'model.onnx': 'weights' }],
  ['two files', { 'model.onnx': 'weights', 'README.md': 'card' }],
  ['an empty file', { empty: '', 'model.onnx': 'weights' }],
  ['only empty files', { a: '', b: '', c: '' }],
  ['a folder', { 'a/model.bin': '1', 'b.bin': '2' }],
  ['a file beside a folder of its name', { 'a/b': '1', 'a.bin': '2', 'a-1': '3', 'a b': '4' }],
  ['deep folders', { 'a/b/c/d/e/f/g/h': '1', 'a/b/c/z': '2', 'a/y': '3' }],
  ['numbers in names', { 'm-1': '1', 'm-10': '2', 'm-2': '3' }],
  ['capitals', { B: '1', a: '2', C: '3', b: '4' }],
  ['umlauts', { 'modèle.bin': '1', 'ümlaut/ß': '2', 'z.bin': '3' }],
  ['Chinese', { '模型/权重.bin': '1', '模型.bin': '2' }],
  ['emoji and ligatures', { '😀': '1', ﬀ: '2', '￿': '3', '𐀀/x': '4' }],
  ['combining characters', { 'e\u0301': '1', '\u00e9': '2' }],
  ['blanks', { ' leading': '1', 'trailing ': '2', 'in the middle': '3' }],
  ['punctuation', { "a'b": '1', 'a"b': '2', a$b: '3', 'a&b;c': '4', '#x': '5', '%41': '6' }],
  ['hidden files', { '.hidden': '1', '.config/x': '2', model: '3' }],
  ["Git's files, which are ignored", { '.gitignore': '*', '.gitattributes': 'x', model: '1' }],
  ["Git's files further down, which are not", { 'sub/.gitignore': '*', model: '1' }],
  ['the same bytes twice', { a: 'same', b: 'same' }],
  [
    'many files',
    Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d${n % 7}/f${n}`, `${n}`])),
  ],
  ['a file of several chunks', { model: 'x'.repeat(3 * 1024 * 1024 + 1) }],
  ['line breaks of Windows', { 'card.md': 'a\r\nb\r\n' }],
];

describe('model-signing and we', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'oms '));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test('have at least twenty folders to agree on', () => {
    expect(FOLDERS.length).toBeGreaterThanOrEqual(20);
  });

  test.each(FOLDERS)('agree on %s', async (name, files) => {
    const number = FOLDERS.findIndex(([other]) => other === name);
    const folder = path.join(root, `model${number}`);
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), content);
    }
    const { publicKey, privateKey } = keyPair(CURVES[number % CURVES.length]);
    const keys = { public: path.join(root, 'key.pub'), private: path.join(root, 'key.pem') };
    await writeFile(keys.public, publicKey);
    await writeFile(keys.private, privateKey);

    const snapshot = async () => {
      const model = {
        name: `model${number}`,
        path: `model${number}`,
        files: undefined,
        evaluation: undefined,
      };
      return snapshotOf(await modelFiles(root, model));
    };
    const before = await snapshot();

    // They check what we signed.
    const ours = path.join(root, 'ours.sig');
    const manifest = Buffer.from(manifestText(`model${number}`, before));
    await writeFile(ours, await keySigner(privateKey).sign(manifest));
    const check = () =>
      run('verify', 'key', folder, '--signature', ours, '--public_key', keys.public);
    expect(check()).toBe('ok');

    // We check what they signed.
    const theirs = path.join(root, 'theirs.sig');
    expect(run('sign', 'key', folder, '--signature', theirs, '--private_key', keys.private)).toBe(
      'ok',
    );
    const signed = await keyVerifier(publicKey).signedManifest(await readFile(theirs, 'utf8'));
    const parsed = parseManifest(signed?.toString('utf8') ?? '');
    expect(parsed.digest).toBe(before.digest);
    expect(parsed.files.map((file) => [file.name, file.digest])).toEqual(
      before.files.map((file) => [file.name, file.digest]),
    );

    // Both see one changed byte.
    const [victim] = before.files.filter((file) => file.size > 0);
    const target = path.join(folder, victim?.name ?? before.files[0]!.name);
    await writeFile(target, 'tampered');
    expect(check()).toMatch(/Verification failed/);
    expect((await snapshot()).digest).not.toBe(parsed.digest);

    // Both refuse a link.
    await rm(target);
    await symlink('/etc/hostname', target);
    expect(check()).toMatch(/symlink/);
    await expect(snapshot()).rejects.toThrow(/not a regular file/);
  });
});

describe('certificates', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'oms '));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test('are checked by either the same way', async () => {
    const authority = await Authority.root('Lab');
    const between = await authority.authority('Lab releases');
    const signer = await between.signer('Ada');
    const [own = '', ...above] = signer.chain.split(/(?<=-----END CERTIFICATE-----)\n+/);
    const file = async (name: string, text: string) => {
      await writeFile(path.join(root, name), text);
      return path.join(root, name);
    };
    await mkdir(path.join(root, 'digits'));
    const folder = path.join(root, 'digits');
    await file('digits/model.onnx', 'weights');
    const files = await modelFiles(root, { ...MODEL, name: 'digits', path: 'digits' });
    const manifest = Buffer.from(manifestText('digits', await snapshotOf(files)));

    const ours = await certificateSigner(signer.privateKey, signer.chain).sign(manifest);
    const check = async (trusted: string) =>
      run(
        ...['verify', 'certificate', folder, '--signature', await file('ours.sig', ours)],
        ...['--certificate_chain', await file('trusted.pem', trusted)],
      );
    expect(await check(authority.certificate)).toBe('ok');
    expect(await check((await Authority.root('Lab')).certificate)).not.toBe('ok');

    const theirs = path.join(root, 'theirs.sig');
    const signed = run(
      ...['sign', 'certificate', folder, '--signature', theirs],
      ...['--private_key', await file('key.pem', signer.privateKey)],
      ...['--signing_certificate', await file('own.pem', own)],
      ...['--certificate_chain', await file('above.pem', above.join('\n'))],
    );
    expect(signed).toBe('ok');
    const bundle = await readFile(theirs, 'utf8');
    const trust = (trusted: string) => certificateVerifier(trusted).signedManifest(bundle);
    const found = await trust(authority.certificate);
    expect(parseManifest(found?.toString('utf8') ?? '').files).toHaveLength(1);
    expect(await trust((await Authority.root('Lab')).certificate)).toBeUndefined();
  });
});

function run(...command: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, command, { encoding: 'utf8' });
  return status === 0 ? 'ok' : `${stdout}${stderr}`;
}
