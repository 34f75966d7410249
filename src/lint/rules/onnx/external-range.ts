import {
  badLocation,
  badRange,
  externalFile,
  externalTensors,
  type ExternalFile,
} from '../../onnx/external.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/external-range',
  family: 'onnx',
  severity: 'error',
  rationale:
    'Offset and length must be plain numbers that lie in the file and fit the tensor. Numbers that wrap around make a runtime read memory that is not the weights.',
  fails: 'offset: 9223372036854775807; length: -1; offset: 0x10',
  passes: 'offset: 4096, length: 128 for dims [4, 8] of FLOAT',
  *check(subject) {
    const { folder } = subject;
    if (folder === undefined) return;
    const files = new Map<string, ExternalFile>();
    for (const external of externalTensors(subject)) {
      const { location, path } = external;
      if (badLocation(location) !== undefined) continue;
      const file = files.get(location) ?? externalFile(folder, location);
      files.set(location, file);
      const why = file.kind === 'file' ? badRange(external, file.size) : undefined;
      if (why !== undefined) yield { message: why, location: path };
    }
  },
});
