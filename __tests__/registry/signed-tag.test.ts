import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Clone, POLICY } from './clone.ts';
import { register } from './commands.ts';

const SIGNED = `${POLICY}  allowed-signers: .github/allowed-signers
  environments:
    staging: {}
    production:
      signed-tag: true
`;

let clone: Clone;
beforeEach(async () => {
  clone = await Clone.create(SIGNED);
  const key = await newKey('ada');
  await clone.write('.github/allowed-signers', `ada@example.org ${key}`);
  clone.commit('Say who approves');
  clone.tag('digits@v1.0.0');
  await register(clone, 'digits@v1.0.0');
});
afterEach(() => clone.remove());

/** Makes a pair of keys and returns the public one. */
function newKey(name: string): Promise<string> {
  const file = path.join(clone.root, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return readFile(`${file}.pub`, 'utf8');
}

function sign(key: string, tag: string): void {
  const options = ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${path.join(clone.root, key)}`];
  clone.git(...options, 'tag', '--sign', '--message', tag, tag);
}

const push = (tag: string) => clone.git('push', '--quiet', 'origin', `refs/tags/${tag}`);

async function reasonsOf(tag: string): Promise<string> {
  const { result } = await register(clone, tag);
  expect(result.outcome.status).toBe('refused');
  return 'reasons' in result.outcome ? result.outcome.reasons.join() : '';
}

test('a tag that an allowed signer signed counts', async () => {
  sign('ada', 'digits#production#1');
  push('digits#production#1');
  const { report } = await register(clone, 'digits#production#1');
  expect(report.outputs.status).toBe('assigned');
});

test('an environment that does not ask for it takes any tag', async () => {
  clone.tag('digits#staging#1');
  expect((await register(clone, 'digits#staging#1')).report.outputs.status).toBe('assigned');
});

test('neither an unsigned nor a lightweight tag counts', async () => {
  clone.tag('digits#production#1');
  expect(await reasonsOf('digits#production#1')).toMatch(
    /must be signed by one of \.github\/allowed-signers, and digits#production#1 is not/,
  );
  clone.git('tag', 'digits#production#2');
  push('digits#production#2');
  expect(await reasonsOf('digits#production#2')).toMatch(/is a lightweight tag/);
});

test('a signature by somebody else does not count', async () => {
  await newKey('eve');
  sign('eve', 'digits#production#1');
  push('digits#production#1');
  expect(await reasonsOf('digits#production#1')).toMatch(/must be signed/);
});

test('a signed tag under another name does not count', async () => {
  sign('ada', 'digits#staging#1');
  const id = clone.git('rev-parse', 'refs/tags/digits#staging#1');
  clone.git('push', '--quiet', 'origin', `${id}:refs/tags/digits#production#1`);
  expect(await reasonsOf('digits#production#1')).toMatch(/was signed as digits#staging#1/);
});

test('a signature that only this clone has does not count', async () => {
  sign('ada', 'digits#production#1');
  const commit = clone.git('rev-parse', 'HEAD');
  clone.git('push', '--quiet', 'origin', `${commit}:refs/tags/digits#production#1`);
  expect(await reasonsOf('digits#production#1')).toMatch(/is a lightweight tag/);
});
