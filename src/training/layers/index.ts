import { z } from 'zod';
import { gelu, relu, sigmoid, softmax, tanh } from './activation.ts';
import { averagePool, conv, globalAveragePool, maxPool } from './convolution.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { embedding } from './embedding.ts';
import type { Flow, Layer, LayerContext } from './layer.ts';
import { batchNorm, layerNorm } from './normalization.ts';
import { flatten, reshape } from './shape.ts';

/** By the names that descriptions use. */
const LAYERS = {
  'average-pool': averagePool,
  'batch-norm': batchNorm,
  conv,
  dense,
  dropout,
  embedding,
  flatten,
  gelu,
  'global-average-pool': globalAveragePool,
  'layer-norm': layerNorm,
  'max-pool': maxPool,
  relu,
  reshape,
  sigmoid,
  softmax,
  tanh,
};

type Settings<L> = L extends Layer<infer S> ? S : never;
type Kind = keyof typeof LAYERS;

/** One layer of a description: exactly one kind, with its settings. */
export type LayerSettings = { readonly [K in Kind]?: Settings<(typeof LAYERS)[K]> | undefined };

const kinds = Object.keys(LAYERS).join(', ');
const shape = Object.fromEntries(
  Object.entries(LAYERS).map(([kind, layer]) => [kind, layer.schema.optional()]),
);

/** `relu` or `dense: 256`; a kind without settings is its name alone. */
export const layerSchema: z.ZodType<LayerSettings> = z.preprocess(
  (value) => (typeof value === 'string' ? { [value]: null } : value),
  z
    .strictObject(shape, {
      error: ({ code, keys }) =>
        code === 'unrecognized_keys'
          ? `there is no layer '${String(keys)}'; there are: ${kinds}`
          : undefined,
    })
    .refine((layer) => Object.keys(layer).length === 1, `a layer is one of: ${kinds}`),
);

export function kindOf(settings: LayerSettings): Kind {
  const [kind] = Object.keys(settings);
  if (kind !== undefined && Object.hasOwn(LAYERS, kind)) return kind as Kind;
  throw new Error(`there is no layer '${String(kind)}'`);
}

/** Adds the nodes of one layer and returns what comes out of it. */
export function addLayer(context: LayerContext, input: Flow, settings: LayerSettings): Flow {
  const kind = kindOf(settings);
  // The schema has matched the settings with their kind.
  const layer = LAYERS[kind] as Layer<unknown>;
  return layer.add(context, input, settings[kind]);
}
