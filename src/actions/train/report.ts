import pc from 'picocolors';
import type { Brought } from '../../pipeline/pipeline-cache.ts';
import type { StageResult, State } from '../../pipeline/stage-result.ts';
import { code, details, escapeMarkdown, table } from '../../report/markdown.ts';
import { bytes, columns, duration, plain } from '../../report/text.ts';
import type { Annotation, Report } from '../../runner/use-case.ts';
import { gpuUse } from './gpu-use.ts';
import type { GpuSample } from './gpu-watch.ts';
import { mermaid } from './mermaid.ts';
import type { TrainResult } from './run.ts';
import { workTime } from './work-time.ts';

export const outputs = {
  ran: 'Names of the stages that ran, one a line.',
  unchanged: 'Names of the stages that did not have to run, one a line.',
  evidence: 'Path of the training record.',
  html: 'Path of the report as a page with its curves; empty where nothing ran.',
};

const SIGNS: Readonly<Record<State, { readonly sign: string; readonly words: string }>> = {
  ran: { sign: '✅', words: 'ran' },
  restored: { sign: '📦', words: 'restored' },
  unchanged: { sign: '⏭️', words: 'unchanged' },
  frozen: { sign: '🧊', words: 'frozen' },
  failed: { sign: '❌', words: 'failed' },
  blocked: { sign: '🚧', words: 'blocked' },
  'would-run': { sign: '▶️', words: 'would run' },
};

export function report(result: TrainResult): Report<keyof typeof outputs> {
  const { stages, evidence, record } = result;
  const failed = stages.filter(({ state }) => state === 'failed');
  const passed = failed.length === 0;
  const headline = headlineOf(stages);
  const names = (...states: State[]) =>
    stages
      .filter(({ state }) => states.includes(state))
      .map(({ stage }) => stage.name)
      .join('\n');
  return {
    passed,
    headline,
    outputs: {
      ran: names('ran'),
      unchanged: names('unchanged', 'restored'),
      evidence: evidence ?? '',
      html: result.html ?? '',
    },
    annotations: failed.map(annotationOf),
    summary: summaryOf(result, headline),
    text: `${columns(stages.map(textRow))}\n\n${passed ? headline : pc.red(headline)}`,
    json: {
      passed,
      stages: stages.map(({ stage, state, reasons, milliseconds, locked }) => ({
        name: stage.name,
        state,
        reasons,
        seconds: milliseconds / 1000,
        locked,
      })),
      metrics: record?.metrics,
      evidence,
    },
  };
}

function headlineOf(stages: readonly StageResult[]): string {
  const failed = stages.find(({ state }) => state === 'failed');
  if (failed) return `Stage '${failed.stage.name}' failed: ${failed.reasons.join(', ')}`;
  const count = (state: State) => stages.filter((result) => result.state === state).length;
  const parts = (['ran', 'restored', 'would-run', 'unchanged', 'frozen'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${SIGNS[state].words}`);
  return stages.length === 0 ? 'There are no stages' : `Stages: ${parts.join(', ')}`;
}

function annotationOf({ stage, reasons }: StageResult): Annotation {
  return {
    severity: 'error',
    title: `Stage ${stage.name} failed`,
    message: reasons.join(', '),
    place: stage.place,
  };
}

function summaryOf(
  { graph, stages, record, brought, samples }: TrainResult,
  headline: string,
): string {
  const rows = stages.map(({ stage, state, reasons, milliseconds }) => [
    code(stage.name),
    `${SIGNS[state].sign} ${SIGNS[state].words}`,
    escapeMarkdown(reasons.join(', ')),
    workTime(state, milliseconds),
  ]);
  const heads = [
    { title: 'Stage' },
    { title: 'State' },
    { title: 'Why' },
    { title: 'Time', align: 'right' as const },
  ];
  const metrics = Object.entries(record?.metrics ?? {}).flatMap(([file, values]) =>
    leaves(values).map(([key, value]) => [code(file), code(key), escapeMarkdown(value)]),
  );
  return [
    `### train: ${escapeMarkdown(headline)}`,
    table(heads, rows),
    ...(metrics.length > 0
      ? [
          table(
            [{ title: 'Metrics' }, { title: 'Name' }, { title: 'Value', align: 'right' }],
            metrics,
          ),
        ]
      : []),
    ...(samples.length > 0 ? [gpuTable(samples)] : []),
    ...(brought.length > 0 ? [broughtTable(brought)] : []),
    details('The pipeline', `\`\`\`mermaid\n${mermaid(graph, stages)}\n\`\`\``),
  ].join('\n\n');
}

function gpuTable(samples: readonly GpuSample[]): string {
  const heads = ['Utilisation, mean', 'Memory, peak', 'Power, mean', 'Power, peak'];
  const told = (value: number, unit: string) =>
    Number.isFinite(value) ? `${Math.round(value)} ${unit}` : '?';
  return table(
    [{ title: 'GPU' }, ...heads.map((title) => ({ title, align: 'right' as const }))],
    gpuUse(samples).map((use) => [
      String(use.gpu),
      told(use.meanUtilization, '%'),
      told(use.peakMemory, 'MiB'),
      told(use.meanPower, 'W'),
      told(use.peakPower, 'W'),
    ]),
  );
}

/** What had not to be made, and what it took to bring it. */
function broughtTable(brought: readonly Brought[]): string {
  const heads = ['Files', 'Size', 'Time'].map((title) => ({ title, align: 'right' as const }));
  return table(
    [{ title: 'Came from' }, ...heads],
    brought.map((one) => [
      escapeMarkdown(one.layer),
      String(one.blobs),
      bytes(one.bytes),
      duration(one.milliseconds),
    ]),
  );
}

/** Numbers and short texts of a metrics file, by dotted key. */
function leaves(value: unknown, prefix = ''): [string, string][] {
  if (typeof value === 'number') return [[prefix, String(Number(value.toPrecision(6)))]];
  if (typeof value === 'string' || typeof value === 'boolean') return [[prefix, String(value)]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, prefix ? `${prefix}.${key}` : key),
  );
}

const COLOURS: Readonly<Record<State, (text: string) => string>> = {
  ran: pc.green,
  restored: pc.cyan,
  unchanged: pc.dim,
  frozen: pc.dim,
  failed: pc.red,
  blocked: pc.yellow,
  'would-run': pc.yellow,
};

function textRow({ stage, state, reasons, milliseconds }: StageResult): string[] {
  return [
    COLOURS[state](SIGNS[state].words),
    plain(stage.name),
    workTime(state, milliseconds),
    pc.dim(plain(reasons.join(', '))),
  ];
}
