import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Tensorflow } from '../../formats/tensorflow/saved-model.ts';
import { leaves } from './paths.ts';

/** Operators that hold a variable, whose value is in the checkpoint beside the graph. */
const VARIABLES = new Set(['VarHandleOp', 'Variable', 'VariableV2']);

const SHARD = /^variables\.data-(\d{5})-of-(\d{5})$/;

/** Files that a SavedModel needs and its folder does not have, as sentences. */
export function missingFiles(folder: string, { scopes, assets }: Tensorflow): string[] {
  const missing: string[] = [];
  const hasVariables = scopes.some(({ nodes }) => nodes.some(({ op }) => VARIABLES.has(op)));
  if (hasVariables) missing.push(...missingVariables(path.join(folder, 'variables')));
  for (const asset of assets) {
    if (leaves(asset)) continue;
    if (sizeOf(path.join(folder, 'assets', asset)) === undefined) {
      missing.push(`the asset ${asset} is missing`);
    }
  }
  return missing;
}

function missingVariables(folder: string): string[] {
  const index = sizeOf(path.join(folder, 'variables.index'));
  if (index === undefined)
    return ['the model has variables, and variables/variables.index is missing'];
  if (index === 0) return ['variables/variables.index is empty'];
  const shards = readdirSync(folder).filter((name) => SHARD.test(name));
  if (shards.length === 0) return ['the model has variables, and their data are missing'];
  const announced = Number(SHARD.exec(shards[0] ?? '')?.[2]);
  const empty = shards.filter((name) => !sizeOf(path.join(folder, name)));
  return [
    ...(shards.length === announced
      ? []
      : [`${shards.length} of ${announced} shards of variables are there`]),
    ...empty.map((name) => `variables/${name} is empty or no file`),
  ];
}

/** Size of a regular file; undefined for a link, a folder or nothing. */
export function sizeOf(file: string): number | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}
