import { UserError } from '../errors.ts';
import type { Graph } from '../onnx/model.ts';

/** How many names a message lists. */
const SHOWN = 5;

/** The initializers of `names` that several nodes use, in that order. */
export function sharedAmong(graph: Graph, names: readonly string[]): readonly string[] {
  const uses = new Map<string, number>();
  for (const { inputs } of graph.nodes) {
    for (const name of new Set(inputs)) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  return names.filter((name) => (uses.get(name) ?? 0) > 1);
}

/**
 * What to tell about weights that are used in several places; undefined where there are none. Some
 * models tie weights on purpose, and some exporters store tensors once that were equal by chance,
 * such as the scales of normalisations in a network that was never trained.
 */
export function sharingNotice(graph: Graph, trained: readonly string[]): string | undefined {
  const shared = sharedAmong(graph, trained);
  if (shared.length === 0) return undefined;
  const more = shared.length > SHOWN ? ` and ${shared.length - SHOWN} more` : '';
  return (
    `Used in several places, and trained as one: ${shared.slice(0, SHOWN).join(', ')}${more}. ` +
    'Where that is not meant, the exporter stored equal tensors once: export the model after it was trained a little.'
  );
}

/** @throws UserError where several BatchNormalization nodes would write one running statistic */
export function checkStatistics(graph: Graph): void {
  const running = graph.nodes
    .filter(({ opType, domain }) => opType === 'BatchNormalization' && domain === '')
    .flatMap(({ inputs }) => inputs.slice(3, 5));
  const [shared] = sharedAmong(graph, running);
  if (shared === undefined) return;
  throw new UserError(`several BatchNormalization nodes share the statistic '${shared}'`, {
    hint: "Each needs its own to learn from batches: the exporter stored equal tensors once. Export the model after it was trained a little, or leave 'batch-norm' at running.",
  });
}
