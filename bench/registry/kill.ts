/**
 * SIGKILL at random moments of register, assign, verify and prune; after each one the registry must
 * be sound and the retry succeed. After npm run build: tsx bench/registry/kill.ts
 * [COUNT] [disk|http] [directory|oci] [SEED]; oci needs Debian's docker-registry.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Clone, POLICY } from '../../__tests__/registry/clone.ts';
import { fsck, verify } from '../../__tests__/registry/commands.ts';
import { startDockerRegistry } from '../../__tests__/services/docker-registry.ts';
import { startGitHub } from '../../__tests__/services/github.ts';
import { random, modelCi } from './trial.ts';

const [count = '1000', kind = 'disk', storeKind = 'directory', seed = '1'] = process.argv.slice(2);
const next = random(Number(seed));
const MODEL_BYTES = 1024 * 1024;

const root = await mkdtemp(path.join(tmpdir(), 'model-ci-kill-'));
const registry =
  storeKind === 'oci' ? await startDockerRegistry(path.join(root, 'registry')) : undefined;
const clone = await Clone.create(
  registry ? POLICY.replace('../store', `oci://${registry.host}/lab/models`) : POLICY,
);
const github =
  kind === 'http'
    ? await startGitHub(clone.root, {
        repository: 'lab/digits',
        tokens: { t: { login: 'ada', permissions: { contents: 'write' } } },
      })
    : undefined;
if (github) {
  clone.git('remote', 'set-url', 'origin', github.folder);
  clone.git('push', '--quiet', 'origin', 'main');
}

const ledgers = github?.folder ?? clone.remote;

const tally = { killed: 0, finishedFirst: 0, retriesThatSucceeded: 0 };
const known = new Map<string, string>();
const typical = { register: 2000, assign: 1500, verify: 1500, prune: 1500 };
let version = 0;
let counter = 0;

/** Tags go to the bare repository on disk; the command under test takes the remote it is given. */
async function step(operation: keyof typeof typical): Promise<void> {
  const command = await prepare(operation);
  const ended = await withRemote(() =>
    modelCi(clone.workspace, command, next() * 1.3 * typical[operation]),
  );
  tally[ended.signal === null ? 'finishedFirst' : 'killed'] += 1;
  await mustBeSound(`after a killed ${command.join(' ')}`);
  const retry = await withRemote(() => modelCi(clone.workspace, command));
  if (retry.code !== 0) throw new Error(`${command.join(' ')} failed: ${retry.output}`);
  // The moments are spread over as long as the machine takes now.
  typical[operation] = 0.8 * typical[operation] + 0.2 * retry.milliseconds;
  tally.retriesThatSucceeded += 1;
  await record(operation);
}

async function prepare(operation: keyof typeof typical): Promise<string[]> {
  if (operation === 'register') {
    version += 1;
    await clone.write('models/digits/model.onnx', randomBytes(MODEL_BYTES));
    clone.commit(`Version ${version}`);
    clone.tag(`digits@v${version}.0.0`);
    return ['register', `digits@v${version}.0.0`];
  }
  if (operation === 'assign') {
    counter += 1;
    clone.tag(`digits#production#${counter}`);
    return ['register', `digits#production#${counter}`];
  }
  if (operation === 'verify') return ['verify', 'digits', '--output', '../deployed'];
  return ['fsck', '--prune', '--grace', '0'];
}

async function withRemote<T>(body: () => Promise<T>): Promise<T> {
  if (!github) return body();
  clone.git('remote', 'set-url', 'origin', github.remote('t'));
  const result = await body();
  clone.git('remote', 'set-url', 'origin', github.folder);
  return result;
}

/** No ghost, nothing lost, and what is deployed is whole. */
async function mustBeSound(when: string): Promise<void> {
  const { report, result } = await fsck(clone);
  if (!report.passed) throw new Error(`${when}: ${report.text}`);
  if (result.versions < known.size) throw new Error(`${when}: a version is lost`);
  await mustBeWhole(when);
}

async function mustBeWhole(when: string): Promise<void> {
  const deployed = path.join(clone.root, 'deployed');
  const names = await readdir(deployed).catch(() => readdir(`${deployed}.previous`));
  if (names.length !== 2) throw new Error(`${when}: the deployment is not whole`);
}

async function record(operation: keyof typeof typical): Promise<void> {
  if (operation !== 'register') return;
  const { record: found } = (await verify(clone, `digits@v${version}.0.0`)).result;
  known.set(found.version, found.digest);
  for (const [name, digest] of known) {
    const path_ = `models/digits/versions/${name}.json`;
    if (
      !(
        JSON.parse(clone.git('--git-dir', ledgers, 'show', `model-registry:${path_}`)) as {
          digest: string;
        }
      ).digest.includes(digest)
    ) {
      throw new Error(`${name} means something else`);
    }
  }
}

const started = performance.now();
// One version has to be there before the others can be assigned, verified and pruned around.
await prepare('register');
await withRemote(() => modelCi(clone.workspace, ['register', 'digits@v1.0.0']));
await withRemote(() => modelCi(clone.workspace, ['verify', 'digits', '--output', '../deployed']));
await record('register');
for (let index = 0; index < Number(count); index++) {
  const operations = ['register', 'assign', 'verify', 'prune'] as const;
  await step(operations[Math.floor(next() * operations.length)] ?? 'register');
  if (index % 25 === 24) console.log(`${index + 1} of ${count}: ${JSON.stringify(tally)}`);
}
const { result } = await fsck(clone, { prune: 'true', grace: '0', repair: 'true' });
const left = (await fsck(clone)).result.problems;
console.log(
  JSON.stringify({
    remote: kind,
    store: storeKind,
    ...tally,
    versions: result.versions,
    problemsAfterPrune: left.length,
    seconds: Math.round((performance.now() - started) / 1000),
  }),
);
await github?.close();
await registry?.close();
await clone.remove();
await rm(root, { recursive: true, force: true });
