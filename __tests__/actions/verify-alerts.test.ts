import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Clone } from '../registry/clone.ts';
import { register } from '../registry/commands.ts';
import { readJson, serve, type Service } from '../services/http.ts';
import { runStep } from '../services/runner.ts';

const bundle = fileURLToPath(new URL('../../dist/verify-snapshot/index.js', import.meta.url));
const TAG = 'digits@v1.0.0';

let clone: Clone;
let chat: Service;
let told: unknown[];
beforeAll(async () => {
  clone = await Clone.create();
  clone.tag(TAG);
  await register(clone, TAG);
  const blobs = path.join(clone.store, 'sha256');
  for (const file of await readdir(blobs, { recursive: true })) {
    if (file.length < 10) continue;
    await chmod(path.join(blobs, file), 0o644);
    await writeFile(path.join(blobs, file), 'other bytes');
  }
  told = [];
  chat = await serve(async ({ request }) => {
    told.push(await readJson(request));
    return { status: 200 };
  });
});
afterAll(async () => {
  await chat.close();
  await clone.remove();
});

const step = (webhook: string) =>
  runStep({
    entry: [bundle],
    workspace: clone.workspace,
    temporary: path.join(clone.root, 'temp'),
    inputs: { version: TAG, 'alert-webhook': webhook },
  });

test('a refusal is told to the webhook, whose address is a secret in the log', async () => {
  const webhook = `${chat.url}/hooks/T0/s3cret`;
  const result = await step(webhook);
  expect(result.exitCode).toBe(1);
  expect(told).toMatchObject([
    { text: `${TAG} is not what was registered`, repository: 'acme/digits', version: 'v1.0.0' },
  ]);
  const masks = result.commands.filter(({ name }) => name === 'add-mask');
  expect(masks.map(({ data }) => data)).toContain(webhook);
  const others = result.log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  expect(`${others.join('\n')}${result.summary}`).not.toContain('s3cret');
});

test('an alert that cannot be given is a warning without the address', async () => {
  chat.fail({ on: /POST/, status: 404 });
  const result = await step(`${chat.url}/hooks/T0/s3cret`);
  expect(result.exitCode).toBe(1);
  const warnings = result.commands.filter(({ name }) => name === 'warning');
  expect(warnings.map(({ data }) => data)).toEqual([
    'the alert was not given: the webhook answered 404',
  ]);
});
