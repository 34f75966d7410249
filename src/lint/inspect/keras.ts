import { MAX_JSON_BYTES } from '../../formats/limits.ts';
import { readKerasConfig } from '../../formats/keras/config.ts';
import type { ZipArchive } from '../../formats/zip/archive.ts';
import type { Inspection, Part } from './inspector.ts';

/** Adds what the JSON of a Keras model holds. */
export function addKerasConfig(inspection: Inspection, part: Part, json: string): void {
  const config = readKerasConfig(json);
  inspection.add(part, 'keras', config, config.problems);
}

/** Whether an archive is one that Keras 3 writes, by its name or by its weights. */
export function isKerasArchive(part: Part, { members }: ZipArchive): boolean {
  return /\.keras$/i.test(part.name) || members.some(({ name }) => name === 'model.weights.h5');
}

/** Members that hold JSON of Keras. */
export const isKerasConfig = (member: string): boolean =>
  /(?:^|\/)(?:config|model)\.json$/i.test(member);

/** Reads the configuration in a Keras archive. */
export function readKerasMember(inspection: Inspection, part: Part): void {
  const { source } = part;
  if (source.size > MAX_JSON_BYTES) {
    inspection.problem(part, 'limit', `a configuration of ${source.size} bytes is not read here`);
    return;
  }
  addKerasConfig(inspection, part, new TextDecoder().decode(source.view(0, source.size)));
}

/** What a Keras archive must hold to be a model. */
export function checkKerasMembers(
  inspection: Inspection,
  part: Part,
  { members }: ZipArchive,
): void {
  const has = (pattern: RegExp): boolean => members.some(({ name }) => pattern.test(name));
  if (!members.some(({ name, size }) => name === 'config.json' && size > 0)) {
    inspection.problem(
      part,
      'malformed',
      'config.json is missing or empty: without it there is no model',
    );
  }
  if (!has(/\.weights\.(?:h5|npz|json)$/)) {
    inspection.problem(part, 'inconsistent', 'the weights are missing');
  }
}
