import type { z } from 'zod';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Random } from '../random.ts';

/** A tensor on its way through a network; `dims` are those of one example. */
export interface Flow {
  readonly name: string;
  readonly dims: readonly number[];
}

/** What a layer is built with. */
export interface LayerContext {
  readonly builder: GraphBuilder;
  /** `dense1`: the kind, numbered among its own kind. Parameters are called `dense1.weight`. */
  readonly name: string;
  /** Where the layer's initial values come from. */
  readonly random: Random;
}

/** A kind of layer: what the description may say about it, and the nodes that it stands for. */
export interface Layer<Settings> {
  readonly schema: z.ZodType<Settings>;
  /** @throws UserError where the layer cannot take a tensor of this shape */
  add(context: LayerContext, input: Flow, settings: Settings): Flow;
}
