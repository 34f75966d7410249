import type { Model, Node } from '../../../onnx/model.ts';
import { graphAttributes } from '../../../onnx/walk.ts';
import { domainOf } from '../../onnx/operators.ts';
import { rule, type Detail } from '../../rule.ts';

/** The IR version that brought functions. */
const FUNCTIONS_IR = 8;

/** Nodes after every function is put in place of its calls; real models stay below a million. */
const MAX_INLINED = 10_000_000;

/** Functions that call one another: runtimes put them in place by recursion; real ones nest ten. */
const MAX_CALL_DEPTH = 500;

export default rule({
  id: 'onnx/function',
  family: 'onnx',
  severity: 'error',
  rationale:
    'Runtimes put the nodes of a function in place of each call. A function that calls itself never ends, and a chain that doubles at each step makes thousands of millions of nodes out of a few; one of thousands of steps exhausts the stack.',
  fails: 'a function whose If branch calls the function itself',
  passes: 'a function that calls others, without a circle',
  *check({ model }) {
    const { functions, irVersion } = model;
    if (functions.length === 0) return;
    if (irVersion > 0 && irVersion < FUNCTIONS_IR) {
      yield { message: `functions need IR version ${FUNCTIONS_IR}, and this is ${irVersion}` };
    }
    const seen = new Set<string>();
    for (const [index, { domain, name, overload }] of functions.entries()) {
      const key = `${domainOf(domain)}:${name}:${overload}`;
      if (seen.has(key))
        yield { message: `the function ${name} is defined twice`, location: `functions[${index}]` };
      seen.add(key);
    }
    yield* checkCalls(model);
  },
});

function* checkCalls({ functions, graph }: Model): Iterable<Detail> {
  const bodies = new Map(
    functions.map((body) => [`${domainOf(body.domain)}:${body.name}`, body.nodes]),
  );
  const sizes = new Map<string, number | 'open'>();
  let circle: string | undefined;
  let depth = 0;
  const cut: string[] = [];
  const sizeOf = (nodes: readonly Node[]): number => {
    let size = 0;
    for (const node of nodes) {
      const key = `${domainOf(node.domain)}:${node.opType}`;
      size += bodies.has(key) ? sizeOfCall(key) : 1;
      for (const [, inner] of graphAttributes(node)) size += sizeOf(inner.nodes);
    }
    return size;
  };
  const sizeOfCall = (key: string): number => {
    const known = sizes.get(key);
    if (known === 'open') circle ??= key;
    if (known !== undefined) return known === 'open' ? 0 : known;
    if (depth >= MAX_CALL_DEPTH) {
      cut.push(key);
      return 0;
    }
    depth += 1;
    sizes.set(key, 'open');
    const size = sizeOf(bodies.get(key) ?? []);
    sizes.set(key, size);
    depth -= 1;
    return size;
  };
  const total = sizeOf(graph.nodes);
  for (const key of bodies.keys()) sizeOfCall(key);
  if (circle !== undefined)
    yield { message: `the function ${circle.slice(circle.indexOf(':') + 1)} calls itself` };
  if (cut.length > 0)
    yield { message: `its functions call one another over ${MAX_CALL_DEPTH} deep` };
  if (total > MAX_INLINED) {
    yield {
      message: `its functions multiply to ${total.toLocaleString('en')} nodes when they are inlined`,
    };
  }
}
