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
  return new Map(model.opsetImports.map(({ domain, version }) => [domain, version]));
}

/** Names of the functions that the model defines itself, as `domain:name`. */
export function functionNames({ functions }: Model): ReadonlySet<string> {
  return new Set(functions.map(({ domain, name }) => `${domainOf(domain)}:${name}`));
}

/** Nodes of the main graph and its subgraphs that the operator table is responsible for. */
export function* standardNodes(
  model: Model,
): Generator<PlacedNode & { opset: number; domain: string }> {
  const opsets = opsetsOf(model);
  const own = functionNames(model);
  for (const { node, path } of nodesOf(model)) {
    const domain = domainOf(node.domain);
    const opset = opsets.get(domain);
    if (path.startsWith('functions[') || opset === undefined || !isKnownDomain(domain)) continue;
    if (own.has(`${domain}:${node.opType}`) || opset > (NEWEST_OPSET[domain] ?? Infinity)) continue;
    yield { node, path, opset, domain };
  }
}

/** Those of them whose signature is known. */
export function* knownNodes(model: Model): Generator<KnownNode> {
  for (const { node, path, opset, domain } of standardNodes(model)) {
    const signature = signatureAt(domain, node.opType, opset);
    if (signature && !signature.deprecated) yield { node, path, signature };
  }
}
