import type { Node, Scope } from '../../formats/tensorflow/graph.ts';

/** Nodes walked from an operator to the constant that it takes its path from. */
const MAX_STEPS = 64;

/** Inputs that carry a path on, by operator; `all` where each of them may be it. */
const PASSES_ON: Readonly<Record<string, 'first' | 'all'>> = {
  Identity: 'first',
  PlaceholderWithDefault: 'first',
  ShardedFilename: 'first',
  ShardedFilespec: 'first',
  // The rest of a joined path only extends its first part.
  StringJoin: 'first',
  Reshape: 'first',
  ExpandDims: 'first',
  Select: 'all',
  SelectV2: 'all',
  Pack: 'all',
};

/** Finds constants behind the inputs of nodes; made once for a scope. */
export class Constants {
  readonly #nodes: ReadonlyMap<string, Node>;

  constructor(scope: Scope) {
    this.#nodes = new Map(scope.nodes.map((node) => [node.name, node]));
  }

  /** The texts that may reach the inputs of a node. */
  reaching(node: Node): string[] {
    const found: string[] = [];
    const pending = [...node.inputs];
    const seen = new Set<string>();
    for (let input = pending.shift(); input !== undefined; input = pending.shift()) {
      const name = input.replace(/^\^/, '').split(':')[0] ?? '';
      if (seen.has(name) || seen.size >= MAX_STEPS) continue;
      seen.add(name);
      const source = this.#nodes.get(name);
      if (!source) continue;
      if (source.op === 'Const') found.push(...(source.attributes.get('value')?.strings ?? []));
      const rule = Object.hasOwn(PASSES_ON, source.op) ? PASSES_ON[source.op] : undefined;
      if (rule) pending.push(...(rule === 'first' ? source.inputs.slice(0, 1) : source.inputs));
    }
    return found;
  }
}

/** A path that leaves the folder of the model, or an address. */
export function leaves(path: string): boolean {
  return (
    /^(?:[\\/]|~|[A-Za-z]:[\\/]|[a-z][a-z\d+.-]*:\/\/)/i.test(path) ||
    path.split(/[\\/]/).includes('..')
  );
}
