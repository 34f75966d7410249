import { externalTensors, unknownKeys } from '../../onnx/external.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/external-key',
  family: 'onnx',
  severity: 'warning',
  rationale:
    "onnx's Python loader sets each key as an attribute of an object: keys that the format does not have reach into the program (CVE-2024-5187 and its kin).",
  fails: 'a key __class__ in external_data',
  passes: 'location, offset, length, checksum',
  *check(subject) {
    for (const { entries, path } of externalTensors(subject)) {
      const [key] = unknownKeys(entries);
      if (key !== undefined)
        yield { message: `external_data has the key '${key}'`, location: path };
    }
  },
});
