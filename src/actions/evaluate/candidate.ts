import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { ModelCard } from '../../evaluation/card-diff.ts';
import type { Subject } from '../../evaluation/evaluation.ts';
import { openSource } from '../../formats/source.ts';
import { readCard } from '../../lint/card/card.ts';
import { modelFiles, type Model, type ModelFile } from '../../project/models.ts';
import { POLICY_FILE } from '../../project/policy.ts';
import { snapshotOf, type Snapshot } from '../../registry/manifest.ts';

/** A model's files with their digests. */
export interface Located {
  readonly subject: Subject;
  readonly snapshot: Snapshot;
  readonly files: readonly ModelFile[];
}

/** Hashes the files of a model and finds the one to run. `name` is what the reports call it. */
export async function locate(workspace: string, model: Model, name: string): Promise<Located> {
  const files = await modelFiles(workspace, model);
  const snapshot = await snapshotOf(files);
  const { file, command } = model.evaluation ?? {};
  const onnx = onnxFile(files, file, name, model.path, command !== undefined);
  return {
    files,
    snapshot,
    subject: {
      name,
      digest: snapshot.digest,
      path: path.resolve(workspace, model.path),
      file: onnx?.absolute,
      bytes: weightBytes(files),
      card: cardOf(files),
    },
  };
}

/** The card stands beside the weights; below them, another README speaks of something else. */
function cardOf(files: readonly ModelFile[]): ModelCard | undefined {
  const file = files.find(({ name }) => name === 'README.md');
  if (!file) return undefined;
  const source = openSource(file.absolute);
  try {
    const { metadata, body } = readCard(source);
    return { metadata, body };
  } finally {
    source.close();
  }
}

function onnxFile(
  files: readonly ModelFile[],
  wanted: string | undefined,
  name: string,
  folder: string,
  optional: boolean,
): ModelFile | undefined {
  const found = files.filter((file) =>
    wanted === undefined ? file.name.endsWith('.onnx') : file.name === wanted,
  );
  const [only] = found;
  if (only && found.length === 1) return only;
  // A command knows what it runs.
  if (optional && wanted === undefined) return undefined;
  throw new UserError(
    only
      ? `${name} has ${found.length} .onnx files`
      : `${name} has no ${wanted ?? '.onnx file'} at ${folder}`,
    {
      hint: `Set evaluation.file in ${POLICY_FILE} to the one to evaluate. The files are: ${files.map((file) => file.name).join(', ')}.`,
      place: { file: POLICY_FILE },
    },
  );
}

/** What is deployed: the card explains the model and is not part of it. */
function weightBytes(files: readonly ModelFile[]): number {
  return files
    .filter(({ name }) => path.extname(name).toLowerCase() !== '.md')
    .reduce((sum, { size }) => sum + size, 0);
}
