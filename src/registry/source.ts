import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { belongsTo, type Model } from '../project/models.ts';
import { parseYaml } from '../project/yaml.ts';
import type { Digest } from '../store/digest.ts';
import { hashFile } from '../store/hash.ts';
import { readBlobs } from './blobs.ts';
import type { Git } from './git.ts';
import { hashAll, type Hashing } from './hashing.ts';

/** Files that tell how a model came to be; kept with a version where the commit has them. */
export const PIPELINE_FILES = ['dvc.yaml', 'dvc.lock', 'params.yaml'] as const;

/** A pointer has three short lines. */
const MAX_POINTER_BYTES = 1024;
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?oid sha256:(?<oid>[0-9a-f]{64})\n/;

/** A file of the model as it stands in the clone. */
export interface SourceFile {
  /** Relative to the clone, forward slashes. */
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Makes sure that `commit` says which bytes the model has: every file is the commit's own, directly
 * or through an LFS pointer, or is ignored by Git and named by the commit's dvc.lock.
 * @throws UserError that names the first file for which it does not.
 */
export async function checkTree(
  git: Git,
  commit: string,
  model: Model,
  files: readonly SourceFile[],
  hashing = hashAll,
): Promise<void> {
  for (const file of files) await refusePointer(git.folder, file);
  const inCommit = await blobsOf(git, commit, model.path);
  const present = new Set(files.map((file) => file.path));
  for (const file of inCommit.keys()) {
    const name = path.posix.relative(model.path, file) || path.posix.basename(file);
    if (!present.has(file) && belongsTo(model, name))
      throw dirty(file, 'is in the commit and gone here');
  }
  await compareTracked(
    git,
    files.filter((file) => inCommit.has(file.path)),
    inCommit,
  );
  const untracked = files.filter((file) => !inCommit.has(file.path));
  if (untracked.length > 0) await checkUntracked(git, commit, untracked, hashing);
}

/** Those of the pipeline's files that the commit has. @throws UserError where one was edited. */
export async function pipelineFiles(git: Git, commit: string): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const name of PIPELINE_FILES) {
    const inCommit = await blobsOf(git, commit, name);
    if (!inCommit.has(name)) continue;
    const file = { path: name, ...(await hashFile(path.join(git.folder, name))) };
    await compareTracked(git, [file], inCommit);
    files.push(file);
  }
  return files;
}

interface Blob {
  readonly id: string;
  readonly size: number;
}

/** Git's blobs at and below `where`, by path. */
async function blobsOf(
  git: Git,
  commit: string,
  where: string,
): Promise<ReadonlyMap<string, Blob>> {
  const pathspec = where === '.' ? [] : ['--', where.replace(/\/$/, '')];
  const listing = await git.text(['ls-tree', '-r', '-z', '--long', commit, ...pathspec]);
  const blobs = new Map<string, Blob>();
  for (const line of listing.split('\0')) {
    const match = /^\d+ blob (?<id>[0-9a-f]+) +(?<size>\d+)\t(?<path>.+)$/s.exec(line)?.groups;
    if (match?.path === undefined || match.id === undefined) continue;
    blobs.set(match.path, { id: match.id, size: Number(match.size) });
  }
  return blobs;
}

/** Weights that were never fetched are three lines of text: nobody means to register those. */
async function refusePointer(folder: string, file: SourceFile): Promise<void> {
  if (file.size > MAX_POINTER_BYTES) return;
  if (pointerOf(await readFile(path.join(folder, file.path), 'utf8')) === undefined) return;
  throw new UserError(`${file.path} is a Git LFS pointer, not the file itself`, {
    hint: 'Fetch it first: git lfs pull, or lfs: true of actions/checkout.',
    place: { file: file.path },
  });
}

function pointerOf(text: string): Digest | undefined {
  const digits = POINTER.exec(text)?.groups?.oid;
  return digits === undefined ? undefined : `sha256:${digits}`;
}

/** Compares contents, not times: Git's index can be told to look away, and this cannot. */
async function compareTracked(
  git: Git,
  files: readonly SourceFile[],
  inCommit: ReadonlyMap<string, Blob>,
): Promise<void> {
  const pointers = await pointersOf(git, inCommit);
  const own = files.filter((file) => !pointers.has(file.path));
  for (const file of files) {
    const pointer = pointers.get(file.path);
    // The pointer says what the file hashes to, and that is known: Git need not read it again.
    if (pointer !== undefined && pointer !== file.digest) throw differs(file);
  }
  if (own.length === 0) return;
  // Unlike its other commands, Git reads these paths from the top of the repository.
  const prefix = await git.text(['rev-parse', '--show-prefix']);
  const paths = own.map((file) => `${prefix}${file.path}\n`).join('');
  const ids = (await git.text(['hash-object', '--stdin-paths'], { input: paths })).split('\n');
  for (const [index, file] of own.entries()) {
    if (ids[index] !== inCommit.get(file.path)?.id) throw differs(file);
  }
}

/** What the Git LFS pointers of a commit stand for, by path. */
async function pointersOf(
  git: Git,
  inCommit: ReadonlyMap<string, Blob>,
): Promise<ReadonlyMap<string, Digest>> {
  const small = Array.from(inCommit).filter(([, { size }]) => size <= MAX_POINTER_BYTES);
  const texts = await readBlobs(
    git,
    small.map(([, { id }]) => id),
  );
  return new Map(
    small.flatMap(([file, { id }]): [string, Digest][] => {
      const pointer = pointerOf(texts.get(id) ?? '');
      return pointer === undefined ? [] : [[file, pointer]];
    }),
  );
}

function differs(file: SourceFile): UserError {
  return dirty(file.path, 'differs from the commit');
}

async function checkUntracked(
  git: Git,
  commit: string,
  files: readonly SourceFile[],
  hashing: Hashing,
): Promise<void> {
  const input = files.map((file) => `${file.path}\0`).join('');
  const outcome = await git.run(['check-ignore', '-z', '--stdin'], { input });
  const ignored = new Set(outcome.stdout.toString('utf8').split('\0'));
  const locked = await lockedOuts(git, commit);
  for (const file of files) {
    if (!ignored.has(file.path)) throw dirty(file.path, 'is not in the commit');
    const out = locked.find(({ path: of }) => file.path === of || file.path.startsWith(`${of}/`));
    if (!out) throw dirty(file.path, 'is ignored by Git and no out of dvc.lock');
    if (out.path !== file.path) continue;
    const md5 = await hashing.md5(path.join(git.folder, file.path));
    if (md5 !== out.md5) throw dirty(file.path, 'differs from dvc.lock');
  }
}

const lockSchema = z.object({
  stages: z
    .record(
      z.string(),
      z.object({
        outs: z.array(z.object({ path: z.string(), md5: z.string().optional() })).default([]),
      }),
    )
    .default({}),
});

/** What the dvc.lock of the commit says the pipeline made. */
async function lockedOuts(
  git: Git,
  commit: string,
): Promise<readonly { readonly path: string; readonly md5?: string | undefined }[]> {
  const outcome = await git.run(['show', `${commit}:./dvc.lock`]);
  if (outcome.code !== 0) return [];
  const { value } = parseYaml(outcome.stdout.toString('utf8'), 'dvc.lock');
  const parsed = lockSchema.safeParse(value);
  return parsed.success ? Object.values(parsed.data.stages).flatMap(({ outs }) => outs) : [];
}

function dirty(file: string, how: string): UserError {
  return new UserError(`${file} ${how}`, {
    hint: 'A version is the bytes that its commit names: commit what changed (with dvc.lock where a stage made it), then tag that commit.',
    place: { file },
  });
}
