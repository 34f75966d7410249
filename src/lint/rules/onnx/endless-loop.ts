import type { Source } from '../../../formats/source.ts';
import type { Graph, Model, Node, Tensor } from '../../../onnx/model.ts';
import { graphAttributes, graphsOf, nodePath } from '../../../onnx/walk.ts';
import { domainOf } from '../../onnx/operators.ts';
import { readIntegers } from '../../onnx/values.ts';
import { rule } from '../../rule.ts';

/** At a nanosecond each, these trips take eleven days. */
const ENDLESS_TRIPS = 1e15;

export default rule({
  id: 'onnx/endless-loop',
  family: 'onnx',
  severity: 'warning',
  rationale:
    'A Loop that counts to 2^62 and whose condition never changes ends with the time limit of the job: whoever runs the model is stopped by it.',
  fails: 'a Loop with 2^62 trips whose body passes its condition on',
  passes: 'a Loop whose body computes its condition',
  *check({ model, source }) {
    for (const { graph, path } of graphsOf(model)) {
      for (const [index, node] of graph.nodes.entries()) {
        if (node.opType !== 'Loop' || domainOf(node.domain) !== '') continue;
        const trips = tripsOf(node, model, graph, source);
        if (trips === undefined || trips < ENDLESS_TRIPS || !keepsCondition(node)) continue;
        const count = trips === Infinity ? 'no limit of trips' : `${trips} trips`;
        const message = `the loop never ends: ${count}, and a condition that never changes`;
        yield { message, location: nodePath(path, index, node) };
      }
    }
  },
});

/** How often the body runs at most: Infinity where nothing says; undefined where it is computed. */
function tripsOf(
  { inputs: [limit = ''] }: Node,
  model: Model,
  graph: Graph,
  source: Source,
): number | undefined {
  if (limit === '') return Infinity;
  const tensor = constant(graph, limit) ?? constant(model.graph, limit);
  return tensor && readIntegers(source, tensor)?.[0];
}

/** The tensor of this name that is known before the model runs. */
function constant({ initializers, nodes }: Graph, name: string): Tensor | undefined {
  const maker = nodes.find(({ outputs }) => outputs.includes(name));
  const value = maker?.opType === 'Constant' ? maker.attributes.get('value') : undefined;
  if (value?.type === 'tensor') return value.value;
  return initializers.find((tensor) => tensor.name === name);
}

/** Whether the body's first output, the condition, is its own second input or a constant. */
function keepsCondition(node: Node): boolean {
  const body = graphAttributes(node).find(([name]) => name === 'body')?.[1];
  let name = body?.outputs[0]?.name;
  if (!body) return false;
  const condition = body.inputs[1]?.name;
  const makers = new Map(body.nodes.flatMap((maker) => maker.outputs.map((out) => [out, maker])));
  for (let steps = 0; name !== undefined && steps <= body.nodes.length; steps++) {
    if (name === condition) return true;
    const maker = makers.get(name);
    if (!maker) return body.initializers.some((tensor) => tensor.name === name);
    if (maker.opType === 'Constant') return true;
    if (maker.opType !== 'Identity') return false;
    name = maker.inputs[0];
  }
  return false;
}
