/**
 * Builds dist/: TypeScript to build/, then one minified bundle for each action and for the CLI.
 * The bundles are byte-identical on every machine, so CI can tell whether dist/ is fresh.
 */
import { minify } from '@swc/core';
import { execFile } from 'node:child_process';
import { chmod, copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = path.join(root, 'build');
const dist = path.join(root, 'dist');
const workers = path.join(build, 'workers');

interface Bundle {
  readonly entry: string;
  readonly output: string;
}

async function main(): Promise<void> {
  await rm(build, { recursive: true, force: true });
  await run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
  await bundleWorkers();
  const bundles = [
    { entry: path.join(build, 'cli', 'index.js'), output: path.join(dist, 'cli') },
    ...(await actionBundles()),
    ...(await clientBundles()),
  ];
  await rm(dist, { recursive: true, force: true });
  await inParallel(bundles, async (bundle) => {
    await ncc(bundle, ['--license', 'licenses.txt']);
    await minifyChunks(bundle.output);
  });
  await makeExecutable(path.join(dist, 'cli', 'index.js'));
  process.stdout.write(`dist/: ${bundles.length} bundles\n`);
}

/** Each folder is an action; what lies beside them they share. */
async function actionBundles(): Promise<Bundle[]> {
  const actions = path.join(build, 'actions');
  const entries = await readdir(actions, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      entry: path.join(actions, name, 'index.js'),
      output: path.join(dist, name),
    }));
}

async function clientBundles(): Promise<Bundle[]> {
  const clients = path.join(build, 'runner', 'github', 'clients');
  return (await readdir(clients)).map((name) => ({
    entry: path.join(clients, name),
    output: path.join(dist, 'clients', path.basename(name, '.js')),
  }));
}

/**
 * ncc copies the file that `new URL('./x-worker.js', import.meta.url)` names as it is. So each
 * worker becomes one self-contained file in its place before the bundles that use it are made.
 */
async function bundleWorkers(): Promise<void> {
  const files = await readdir(build, { recursive: true });
  const entries = files.filter((file) => file.endsWith('-worker.js')).toSorted();
  await inParallel(entries, async (file) => {
    const output = path.join(workers, path.basename(file, '.js'));
    await ncc({ entry: path.join(build, file), output }, []);
    const emitted = (await readdir(output)).filter((name) => name.endsWith('.js'));
    if (emitted.length > 1) {
      throw new Error(`${file} has more than one chunk: a worker must not use dynamic import()`);
    }
    await copyFile(path.join(output, 'index.js'), path.join(build, file));
  });
}

async function ncc({ entry, output }: Bundle, options: readonly string[]): Promise<void> {
  await run('node_modules/@vercel/ncc/dist/ncc/cli.js', [
    'build',
    entry,
    '--minify',
    '--no-cache',
    '--out',
    output,
    ...options,
  ]);
}

/** ncc minifies what loads first and leaves the lazy chunks as they are. */
async function minifyChunks(folder: string): Promise<void> {
  const chunks = (await readdir(folder)).filter((name) => /^\d+\.index\.js$/.test(name));
  for (const chunk of chunks) {
    const file = path.join(folder, chunk);
    const { code } = await minify(await readFile(file, 'utf8'), {
      module: true,
      compress: true,
      // Names stay: they are what a stack trace in a bug report shows.
      mangle: { keep_classnames: true, keep_fnames: true },
      format: { comments: false },
    });
    await writeFile(file, code);
  }
}

async function makeExecutable(file: string): Promise<void> {
  const shebang = '#!/usr/bin/env node\n';
  const code = await readFile(file, 'utf8');
  if (!code.startsWith('#!')) await writeFile(file, shebang + code);
  await chmod(file, 0o755);
}

async function run(script: string, arguments_: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [path.join(root, script), ...arguments_], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (thrown) {
    const output = thrown as { stdout?: string; stderr?: string };
    process.stderr.write(`${output.stdout ?? ''}${output.stderr ?? ''}`);
    throw new Error(`${script} failed`, { cause: thrown });
  }
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}

await main();
