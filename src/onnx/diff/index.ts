import type { Graph, Model } from '../model.ts';
import { readSoundModel } from '../read.ts';
import { countChanges, type CountChange, type TextChange } from './changes.ts';
import { interfaceChanges, type InterfaceChange } from './interface.ts';
import { metadataChanges } from './metadata.ts';
import { diffWeights, type WeightsDiff } from './weights.ts';

/** What is different between two models. */
export interface ModelDiff {
  readonly interface: readonly InterfaceChange[];
  /** Versions of operator sets by domain; 0 where there is none. */
  readonly opsets: readonly CountChange[];
  /** Nodes by operator, subgraphs included; those whose number changed. */
  readonly operators: readonly CountChange[];
  readonly nodes: { readonly before: number; readonly after: number };
  readonly weights: WeightsDiff;
  /** Producer, versions, description and properties. */
  readonly metadata: readonly TextChange[];
}

/**
 * Compares two ONNX files: interface, operators, weights and metadata. Both paths are absolute.
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
    weights: diffWeights({ file: beforeFile, model: before }, { file: afterFile, model: after }),
    metadata: metadataChanges(before, after),
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
