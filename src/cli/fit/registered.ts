import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { readPolicy } from '../../project/policy.ts';
import type { VersionRecord } from '../../registry/records.ts';
import { openRegistry } from '../../registry/registry.ts';
import { resolve } from '../../registry/resolve.ts';
import { copyVerified } from '../../registry/verified-copy.ts';
import type { Ports } from '../../runner/ports.ts';

/** What a registered version came to on this machine. */
export interface RegisteredModel {
  readonly record: VersionRecord;
  /** The ONNX file among those of the version, absolute. */
  readonly file: string;
}

/** `name@v1.2.0`, `name#production` and `sha256:...`; a file that is called so comes first. */
export function isReference(from: string, folder: string): boolean {
  return /[@#]|^sha256:/.test(from) && !existsSync(path.resolve(folder, from));
}

/**
 * Fetches a registered version, and checks every byte of it and its signature where the policy
 * asks for one.
 * @param target where its files go: a folder that is there and empty
 * @throws UserError where it is not registered, holds no model, or is refused
 */
export async function fetchRegistered(
  reference: string,
  target: string,
  { workspace, event }: Ports,
): Promise<RegisteredModel> {
  const policy = await readPolicy(workspace);
  const options = { workspace, policy: policy.registry, actor: event.actor };
  const { store: source, ledger } = await openRegistry(options);
  const record = await resolve(ledger, reference);
  const name = modelFile(record, reference);
  const at = { workspace, policy: policy.registry, folder: target };
  await copyVerified({ source, record, ...at, role: 'model' });
  return { record, file: path.join(target, ...name.split('/')) };
}

function modelFile({ files }: VersionRecord, reference: string): string {
  const models = files.map(({ name }) => name).filter((name) => name.endsWith('.onnx'));
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  throw new UserError(
    `${reference} has ${models.length === 0 ? 'no ONNX file' : `${models.length} ONNX files`}`,
    { hint: 'Fetch it with model-ci verify --output, and give the path of the file.' },
  );
}
