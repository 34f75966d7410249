import type { Graph, Model } from '../model.ts';
import { readSoundModel } from '../read.ts';
import { interfaceChanges, type InterfaceChange } from './interface.ts';
import { diffWeights, type WeightsDiff } from './weights.ts';

/** A count that changed. */
export interface CountChange {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** What is different between two models. */
export interface ModelDiff {
  readonly interface: readonly InterfaceChange[];
  /** Versions of operator sets by domain; 0 where there is none. */
  readonly opsets: readonly CountChange[];
  /** Nodes by operator, subgraphs included; those whose number changed. */
  readonly operators: readonly CountChange[];
  readonly nodes: { readonly before: number; readonly after: number };
  readonly weights: WeightsDiff;
}

/**
 * Compares two ONNX files: interface, operators and weights. Both paths are absolute.
 * @throws UserError where one is not a readable model.
 */
export async function diffModels(beforeFile: string, afterFile: string): Promise<ModelDiff> {
  const before = await readSoundModel(beforeFile);
  const after = await readSoundModel(afterFile);
  const [old, now] = [operators(before.graph), operators(after.graph)];
  return {
    interface: interfaceChanges(before.graph, after.graph),
    opsets: countChanges(opsets(before), opsets(after)),
    operators: countChanges(old, now),
    nodes: { before: total(old), after: total(now) },
    weights: diffWeights(
      { file: beforeFile, graph: before.graph },
      { file: afterFile, graph: after.graph },
    ),
  };
}

function opsets({ opsetImports }: Model): Map<string, number> {
  return new Map(opsetImports.map(({ domain, version }) => [domain || 'ai.onnx', version]));
}

function operators(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  const visit = ({ nodes }: Graph) => {
    for (const { domain, opType, attributes } of nodes) {
      const name = domain ? `${domain}.${opType}` : opType;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const attribute of attributes.values()) {
        if (attribute.type === 'graph') visit(attribute.value);
        if (attribute.type === 'graphs') attribute.value.forEach(visit);
      }
    }
  };
  visit(graph);
  return counts;
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function countChanges(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): CountChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, before: before.get(name) ?? 0, after: after.get(name) ?? 0 }))
    .filter((change) => change.before !== change.after)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
