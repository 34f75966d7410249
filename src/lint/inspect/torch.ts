import type { Source } from '../../formats/source.ts';
import type { ZipArchive } from '../../formats/zip/archive.ts';
import type { Inspection, Part } from './inspector.ts';

/** Names of files that torch.load or torch.jit.load are given. */
const TORCH_NAME = /\.(?:pt|pth|ckpt|bin|ptl)$/i;

/** What one of the kinds of torch archives must hold: a state, a script, an export, a package. */
const TORCH_CONTENT =
  /(?:^|\/)(?:data\.pkl|constants\.pkl|serialized_exported_program\.json|models\/.*\.json|\.data\/extern_modules)$/;

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
