import type { Model } from '../../onnx/model.ts';
import { isKnownDomain, NEWEST_OPSET, signatureAt, type Signature } from '../../onnx/operators.ts';
import { nodesOf, type PlacedNode } from '../../onnx/walk.ts';

export interface KnownNode extends PlacedNode {
  readonly signature: Signature;
}

/** `ai.onnx` is the long name of the default domain. */
export function domainOf(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

/** The opset of each domain, for the main graph; functions have their own. */
export function opsetsOf(model: Model): ReadonlyMap<string, number> {
  return new Map(model.opsetImports.map(({ domain, version }) => [domainOf(domain), version]));
}

/** Names of the functions that the model defines itself, as `domain:name`. */
export function functionNames({ functions }: Model): ReadonlySet<string> {
  return new Set(functions.map(({ domain, name }) => `${domainOf(domain)}:${name}`));
}

/** Whether a node stands in a function, whose attributes a call may give. */
export const isInFunction = ({ path }: PlacedNode): boolean => path.startsWith('functions[');

/** The opsets that hold for a node: those of its function, or of the model. */
export function opsetsAt(model: Model): (placed: PlacedNode) => ReadonlyMap<string, number> {
  const main = opsetsOf(model);
  const functions = model.functions.map(({ opsetImports }) =>
    opsetImports.length === 0
      ? main
      : new Map(opsetImports.map(({ domain, version }) => [domainOf(domain), version])),
  );
  return (placed) => {
    const index = isInFunction(placed) ? Number(/\d+/.exec(placed.path)?.[0]) : -1;
    return functions[index] ?? main;
  };
}

/** Nodes that the operator table is responsible for. */
export function* standardNodes(
  model: Model,
): Generator<PlacedNode & { opset: number; domain: string }> {
  const opsets = opsetsAt(model);
  const own = functionNames(model);
  for (const { node, path } of nodesOf(model)) {
    const domain = domainOf(node.domain);
    const opset = opsets({ node, path }).get(domain);
    if (opset === undefined || !isKnownDomain(domain)) continue;
    if (own.has(`${domain}:${node.opType}`) || opset > (NEWEST_OPSET[domain] ?? Infinity)) continue;
    yield { node, path, opset, domain };
  }
}

/** Those of the main graph and its subgraphs whose signature is known. */
export function* knownNodes(model: Model): Generator<KnownNode> {
  for (const { node, path, opset, domain } of standardNodes(model)) {
    if (isInFunction({ node, path })) continue;
    const signature = signatureAt(domain, node.opType, opset);
    if (signature && !signature.deprecated) yield { node, path, signature };
  }
}
