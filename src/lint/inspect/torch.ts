import type { Storage } from '../../formats/pickle/machine.ts';
import type { Source } from '../../formats/source.ts';
import type { ZipArchive } from '../../formats/zip/archive.ts';
import { inner, type Inspection, type Part } from './inspector.ts';

/** Names of files that torch.load or torch.jit.load are given. */
const TORCH_NAME = /\.(?:pt|pth|ckpt|bin|ptl)$/i;

/** What one of the kinds of torch archives must hold: a state, a script, an export, a package. */
const TORCH_CONTENT =
  /(?:^|\/)(?:data\.pkl|constants\.pkl|serialized_exported_program\.json|models\/.*\.json|\.data\/extern_modules)$/;

/** Whether an archive is one of torch's: persistent ids and raw tensors are its normal way. */
export const isTorchArchive = ({ members }: ZipArchive): boolean =>
  members.some(({ name }) => TORCH_CONTENT.test(name));

/** Whether the storages that each `data.pkl` asks for stand in the archive, as long as it says. */
export function checkStorages(
  inspection: Inspection,
  part: Part,
  { source, members }: ZipArchive,
): void {
  const sizes = new Map(members.map(({ name, size }) => [name, size]));
  for (const { name } of members) {
    if (!/(?:^|\/)data\.pkl$/.test(name)) continue;
    const at = inner(part, name, source);
    const folder = name.replace(/[^/]*$/, 'data/');
    const missing = storagesOf(inspection, at).find(
      ({ key, bytes }) => (sizes.get(folder + key) ?? -1) < bytes,
    );
    if (!missing) continue;
    const size = sizes.get(folder + missing.key);
    const state = size === undefined ? 'are missing' : `have ${size} bytes of ${missing.bytes}`;
    inspection.problem(at, 'truncated', `the tensor data ${folder}${missing.key} ${state}`);
  }
}

function storagesOf({ subjects }: Inspection, { place }: Part): Storage[] {
  return subjects.flatMap((subject) =>
    subject.family === 'pickle' && subject.place === place
      ? subject.value.streams.flatMap(({ effects }) => [...effects.storages.values()])
      : [],
  );
}

/** Source code of TorchScript in an archive. */
export const isTorchScript = (member: string): boolean =>
  /(?:^|\/)code\/.*\.(?:py|ts)$/.test(member);

/** TorchScript of one module; the largest traced models have some megabytes. */
const MAX_CODE_BYTES = 16 * 1024 * 1024;

/** What an archive must hold to be the model that its name promises. */
export function checkTorchMembers(
  inspection: Inspection,
  part: Part,
  { members }: ZipArchive,
): void {
  if (members.length === 0) {
    inspection.problem(part, 'malformed', 'the archive is empty');
  } else if (TORCH_NAME.test(part.name) && !members.some(({ name }) => TORCH_CONTENT.test(name))) {
    inspection.problem(part, 'malformed', 'data.pkl is missing: without it there is no model');
  }
}

/** Reads the code of a TorchScript module, which is Python's syntax and not Python. */
export function readTorchScript(inspection: Inspection, part: Part, source: Source): void {
  if (source.size > MAX_CODE_BYTES) {
    inspection.problem(part, 'limit', `code of ${source.size} bytes is not read here`);
    return;
  }
  const code = new TextDecoder().decode(source.view(0, source.size));
  inspection.add(part, 'torchscript', { code });
}
