import { badLocation, externalFile, externalTensors } from '../../onnx/external.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/external-location',
  family: 'onnx',
  severity: 'error',
  rationale:
    'External data must be a regular file within the folder of the model. By .., an absolute path or a link, a model reads any file of the machine that loads it, and hands it on as weights.',
  fails: 'location: ../../../etc/passwd',
  passes: 'location: weights.bin',
  *check(subject) {
    const seen = new Set<string>();
    for (const { location, path } of externalTensors(subject)) {
      if (seen.has(location)) continue;
      seen.add(location);
      const why = badLocation(location);
      if (why !== undefined) yield { message: why, location: path };
      else if (subject.folder !== undefined) {
        const file = externalFile(subject.folder, location);
        if (file.kind === 'bad') yield { message: file.why, location: path };
      }
    }
  },
});
