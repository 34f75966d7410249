import type { Brought } from '../../pipeline/pipeline-cache.ts';
import type { StageResult } from '../../pipeline/stage-result.ts';
import { workTime } from './work-time.ts';
import { charts, type Draw } from '../../report/chart.ts';
import { html, type Html } from '../../report/html.ts';
import { page } from '../../report/page.ts';
import { bytes, duration } from '../../report/text.ts';
import type { GpuSample } from './gpu-watch.ts';
import type { Series } from '../../pipeline/series.ts';

export interface TrainPage {
  readonly stages: readonly StageResult[];
  readonly series: readonly Series[];
  readonly samples: readonly GpuSample[];
  readonly brought: readonly Brought[];
}

/** The report of a training as a page of its own. */
export async function trainPage(shown: TrainPage): Promise<string> {
  const draw = await charts();
  const body = html`<h1>train</h1>
    ${card('Stages', stagesTable(shown.stages))}
    ${shown.series.map((series) => card(series.name, curve(draw, series)))}
    ${gpuCards(draw, shown.samples)} ${broughtCard(shown.brought)}`;
  return page('train', body);
}

function card(title: string, body: Html): Html {
  return html`<section class="card">
    <h2>${title}</h2>
    ${body}
  </section>`;
}

function stagesTable(stages: readonly StageResult[]): Html {
  const rows = stages.map(
    ({ stage, state, reasons, milliseconds }) =>
      html`<tr>
        <td><code>${stage.name}</code></td>
        <td>${state.replace('-', ' ')}</td>
        <td>${reasons.join(', ')}</td>
        <td class="right">${workTime(state, milliseconds)}</td>
      </tr>`,
  );
  return html`<table>
    <tr>
      <th>Stage</th>
      <th>State</th>
      <th>Why</th>
      <th class="right">Time</th>
    </tr>
    ${rows}
  </table>`;
}

function curve(draw: Draw, { name, points }: Series): Html {
  return draw((plot) => ({
    ariaLabel: `${name} by step`,
    width: 900,
    height: 260,
    marginLeft: 60,
    x: { label: 'step' },
    y: { label: name, grid: true },
    marks: [plot.lineY(points, { x: 'step', y: 'value', stroke: 'var(--accent)' })],
  }));
}

const MEASURES = [
  ['utilization', 'GPU utilisation (%)'],
  ['memory', 'GPU memory (MiB)'],
  ['power', 'GPU power (W)'],
] as const;

function gpuCards(draw: Draw, samples: readonly GpuSample[]): readonly Html[] {
  return MEASURES.flatMap(([measure, title]) => {
    const known = samples
      .filter((sample) => Number.isFinite(sample[measure]))
      .map((sample) => ({ ...sample, gpu: `GPU ${sample.gpu}` }));
    if (known.length === 0) return [];
    const chart = draw((plot) => ({
      ariaLabel: `${title} over time`,
      width: 900,
      height: 200,
      marginLeft: 60,
      x: { label: 'seconds' },
      y: { label: title, grid: true, zero: true },
      marginRight: 50,
      marks: [
        plot.lineY(known, { x: 'seconds', y: measure, stroke: 'gpu' }),
        // Its name at the end of each line: a legend would not be part of the drawing.
        plot.text(
          known,
          plot.selectLast({
            x: 'seconds',
            y: measure,
            z: 'gpu',
            text: 'gpu',
            textAnchor: 'start',
            dx: 4,
          }),
        ),
      ],
    }));
    return [card(title, chart)];
  });
}

function broughtCard(brought: readonly Brought[]): Html | undefined {
  if (brought.length === 0) return undefined;
  const rows = brought.map(
    (one) =>
      html`<tr>
        <td>${one.layer}</td>
        <td class="right">${one.blobs}</td>
        <td class="right">${bytes(one.bytes)}</td>
        <td class="right">${duration(one.milliseconds)}</td>
      </tr>`,
  );
  return card(
    'What caches brought',
    html`<table>
      <tr>
        <th>From</th>
        <th class="right">Files</th>
        <th class="right">Size</th>
        <th class="right">Time</th>
      </tr>
      ${rows}
    </table>`,
  );
}
