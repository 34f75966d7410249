import type { Graph } from '../../pipeline/graph.ts';
import type { StageResult, State } from '../../pipeline/stage-result.ts';

const STYLES: Readonly<Record<State, string>> = {
  ran: 'fill:#2da44e,color:#fff',
  restored: 'fill:#0969da,color:#fff',
  unchanged: 'fill:#eaeef2,color:#1f2328',
  frozen: 'fill:#eaeef2,color:#1f2328',
  failed: 'fill:#cf222e,color:#fff',
  blocked: 'fill:#d4a72c,color:#1f2328',
  'would-run': 'fill:#fff8c5,color:#1f2328',
};

/** The graph in Mermaid, each stage coloured by what became of it. */
export function mermaid(graph: Graph, results: readonly StageResult[]): string {
  const ids = new Map(graph.order.map((stage, index) => [stage, `s${index}`]));
  const lines = graph.order.flatMap((stage) => {
    const id = ids.get(stage) ?? '';
    const state = results.find((result) => result.stage === stage)?.state;
    const node = `  ${id}["${label(stage.name)}"]${state ? `:::${state}` : ''}`;
    const edges = (graph.upstream.get(stage) ?? []).map(
      (before) => `  ${ids.get(before) ?? ''} --> ${id}`,
    );
    return [node, ...edges];
  });
  const styles = Object.entries(STYLES).map(([state, style]) => `  classDef ${state} ${style}`);
  return ['graph LR', ...lines, ...styles].join('\n');
}

/** Names may hold quotes, brackets or a fence; Mermaid takes entities by number. */
function label(name: string): string {
  return name.replace(/[^\p{L}\p{N} _.@/-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}
