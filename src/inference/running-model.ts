import { UserError } from '../errors.ts';
import { describe } from './feeds.ts';
import type { InferenceThread } from './inference-thread.ts';
import type { Feeds, LoadedModel, Port, Ran } from './protocol.ts';

/** A model that is loaded in its thread. */
export interface RunningModel {
  readonly thread: InferenceThread;
  readonly model: LoadedModel;
  /** How errors call it: `candidate digits`. */
  readonly subject: string;
}

/**
 * @param batch rows of the feeds that go together; all of them unless given
 * @throws UserError where the model fails, or what it gives is no tensor of numbers
 */
export function runModel(
  { thread, model, subject }: RunningModel,
  feeds: Feeds,
  { name }: Port,
  batch?: number,
): Promise<Ran> {
  return thread.ask({ kind: 'run', model: model.id, feeds, output: name, batch }, subject);
}

/**
 * The output that is asked for, the first by default.
 * @throws UserError where there is no such output, or it is no tensor.
 */
export function findOutput({ model, subject }: RunningModel, name: string | undefined): Port {
  const found = name === undefined ? model.outputs[0] : model.outputs.find((o) => o.name === name);
  if (found?.type !== undefined) return found;
  throw new UserError(
    found === undefined
      ? `${subject} has no output '${name ?? ''}'`
      : `${subject}: output ${describe(found)} cannot be evaluated`,
    {
      hint: `Set evaluation.output in the policy to a tensor with the scores. It has: ${model.outputs.map(describe).join(', ')}. (skl2onnx: convert with zipmap=False.)`,
    },
  );
}
