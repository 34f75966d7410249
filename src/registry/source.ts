import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { belongsTo, type Model } from '../project/models.ts';
import { parseYaml } from '../project/yaml.ts';
import { encodedOf, type Digest } from '../store/digest.ts';
import { hashFile } from '../store/hash.ts';
import type { Git } from './git.ts';
import type { Remote } from './remote.ts';

/** Files that tell how a model came to be; kept with a version where the commit has them. */
export const PIPELINE_FILES = ['dvc.yaml', 'dvc.lock', 'params.yaml'] as const;

/** A pointer has three short lines. */
const MAX_POINTER_BYTES = 1024;
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?oid sha256:(?<oid>[0-9a-f]{64})\n/;

/**
 * The commit that is checked out, once it is known to be what the remote's tag names.
 * @throws UserError for a tag that is not there, not at HEAD, or elsewhere on the remote.
 */
export async function checkTag(git: Git, remote: Remote, tag: string): Promise<string> {
  const published = await publishedCommit(git, remote, tag);
  const head = await commitOf(git, 'HEAD');
  if (head === published) return head;
  throw new UserError(
    `the tag ${tag} is ${short(published)}, and ${head === undefined ? 'nothing' : short(head)} is checked out`,
    { hint: `Check the tag out first: git checkout '${tag}'` },
  );
}

/**
 * The commit that the remote's tag names, annotated or not.
 * @throws UserError for a tag that is not there, or that names another commit here.
 */
export async function publishedCommit(git: Git, remote: Remote, tag: string): Promise<string> {
  const ref = `refs/tags/${tag}`;
  const local = await commitOf(git, ref);
  const remotely = await remote.refs(ref, `${ref}^{}`);
  const published = remotely.get(`${ref}^{}`) ?? remotely.get(ref);
  if (published === undefined) {
    const create = local === undefined ? `git tag '${tag}' && ` : '';
    throw new UserError(`the tag ${tag} is not on the remote '${remote.name}'`, {
      hint: `Whatever is registered needs its tag: ${create}git push ${remote.name} 'refs/tags/${tag}'`,
    });
  }
  if (local === undefined || local === published) return published;
  throw new UserError(
    `the tag ${tag} is ${short(local)} here and ${short(published)} on the remote`,
    { hint: 'A tag that others have seen never moves: take the next one.' },
  );
}

async function commitOf(git: Git, ref: string): Promise<string | undefined> {
  const outcome = await git.run(['rev-parse', '--quiet', '--verify', `${ref}^{commit}`]);
  return outcome.code === 0 ? outcome.stdout.toString('utf8').trim() : undefined;
}

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
  if (untracked.length > 0) await checkUntracked(git, commit, untracked);
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

/** Blob ids at and below `where`, by path. */
async function blobsOf(
  git: Git,
  commit: string,
  where: string,
): Promise<ReadonlyMap<string, string>> {
  const pathspec = where === '.' ? [] : ['--', where.replace(/\/$/, '')];
  const listing = await git.text(['ls-tree', '-r', '-z', commit, ...pathspec]);
  const blobs = new Map<string, string>();
  for (const line of listing.split('\0')) {
    const match = /^\d+ blob (?<id>[0-9a-f]+)\t(?<path>.+)$/s.exec(line)?.groups;
    if (match?.path !== undefined && match.id !== undefined) blobs.set(match.path, match.id);
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
  inCommit: ReadonlyMap<string, string>,
): Promise<void> {
  if (files.length === 0) return;
  // Unlike its other commands, Git reads these paths from the top of the repository.
  const prefix = await git.text(['rev-parse', '--show-prefix']);
  const paths = files.map((file) => `${prefix}${file.path}\n`).join('');
  const ids = (await git.text(['hash-object', '--stdin-paths'], { input: paths })).split('\n');
  for (const [index, file] of files.entries()) {
    const wanted = inCommit.get(file.path) ?? '';
    if (ids[index] === wanted) continue;
    // Without git-lfs, Git compares the weights with the pointer's text.
    const size = Number(await git.text(['cat-file', '-s', wanted]));
    const text = size <= MAX_POINTER_BYTES ? await git.text(['cat-file', 'blob', wanted]) : '';
    if (pointerOf(`${text}\n`) !== file.digest) throw dirty(file.path, 'differs from the commit');
  }
}

async function checkUntracked(
  git: Git,
  commit: string,
  files: readonly SourceFile[],
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
    const { digest } = await hashFile(path.join(git.folder, file.path), 'md5');
    if (encodedOf(digest) !== out.md5) throw dirty(file.path, 'differs from dvc.lock');
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

function short(commit: string): string {
  return commit.slice(0, 12);
}
