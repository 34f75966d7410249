import type { Node, Scope } from '../../formats/tensorflow/graph.ts';
import type { Detail } from '../rule.ts';
import type { TensorflowSubject } from '../subjects.ts';
import { reachOf, type Reach } from './operators.ts';
import { Constants } from './paths.ts';

/** Nodes of a model whose operator has one of these dangers. */
export function* reachingNodes(
  { scopes }: TensorflowSubject,
  danger: Reach['danger'],
): Iterable<Detail> {
  for (const scope of scopes) {
    let constants: Constants | undefined;
    for (const node of scope.nodes) {
      const reach = reachOf(node.op);
      if (reach?.danger !== danger) continue;
      constants ??= new Constants(scope);
      const [path] = constants.reaching(node);
      const what = path === undefined ? '' : ` (${path.slice(0, 200)})`;
      yield {
        message: `the operator ${node.op} ${reach.does}${what}`,
        location: placeOf(scope, node),
      };
    }
  }
}

/** Where a node stands, as TensorFlow's own tools name it. */
export function placeOf(scope: Scope, node: Node): string {
  return scope.name ? `function ${scope.name}, node ${node.name}` : `node ${node.name}`;
}
