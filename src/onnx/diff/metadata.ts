import type { Model } from '../model.ts';
import { textChanges, type TextChange } from './changes.ts';

/** How what a model says of itself changed. */
export function metadataChanges(before: Model, after: Model): TextChange[] {
  return textChanges(metadata(before), metadata(after));
}

function metadata(model: Model): Map<string, string> {
  const { producerName, producerVersion, domain, modelVersion, irVersion, docString } = model;
  return new Map([
    ['producer', `${producerName} ${producerVersion}`.trim()],
    ['IR version', String(irVersion)],
    ['domain', domain],
    // 0 is what a field has that nobody set.
    ['model version', modelVersion ? String(modelVersion) : ''],
    ['graph', model.graph.name],
    ['description', docString],
    ...[...model.metadata].map(([key, value]) => [`metadata.${key}`, value] as const),
  ]);
}
