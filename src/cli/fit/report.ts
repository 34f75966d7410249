import { code, table } from '../../report/markdown.ts';
import { columns, duration, plain } from '../../report/text.ts';
import type { Report } from '../../runner/use-case.ts';
import type { FitResult } from '../../training/fit.ts';
import type { EpochScores } from '../../training/events.ts';
import { epochText, percent } from './scores-text.ts';

/** Longer runs show their last epochs; the log file has all of them. */
const SHOWN_EPOCHS = 20;

/** What training came to. Stopped early is not passed: the model was not written. */
export function report(result: FitResult): Report<'model'> {
  const headline = headlineOf(result);
  const rows = result.epochs.slice(-SHOWN_EPOCHS).map(cells);
  const title = ['epoch', 'loss', 'accuracy', 'held-out loss', 'held-out accuracy', 'time'];
  return {
    passed: !result.stopped,
    headline,
    outputs: { model: result.stopped ? '' : result.out },
    annotations: [],
    summary: [
      `### Training of ${code(result.out)}`,
      '',
      headline.replace(result.out, code(result.out)),
      '',
      table(
        title.map((name) => ({ title: name, align: 'right' as const })),
        rows,
      ),
    ].join('\n'),
    text: `${columns([title, ...rows], [0, 1, 2, 3, 4, 5])}\n${plain(headline)}`,
    json: {
      out: result.out,
      stopped: result.stopped,
      epoch: result.epoch,
      examples: result.examples,
      parameters: result.parameters,
      seconds: result.seconds,
      epochs: result.epochs,
    },
  };
}

function headlineOf(result: FitResult): string {
  const { out, stopped, epochs, parameters, examples, seconds } = result;
  const best = epochs[result.epoch - 1];
  if (stopped) {
    return `Stopped after ${epochs.length} whole epochs, as asked; ${out} was not written. The same command goes on from ${result.checkpoint}.`;
  }
  const size = `${parameters.toLocaleString('en')} parameters on ${examples.toLocaleString('en')} examples`;
  const scores = best ? `: ${epochText(best)}` : '';
  return `${out} was trained, ${size} in ${duration(seconds * 1000)}${scores}.`;
}

function cells({ epoch, loss, accuracy, validation, seconds }: EpochScores): string[] {
  const share = (value: number | undefined) => (value === undefined ? '-' : percent(value));
  return [
    String(epoch),
    loss.toPrecision(4),
    share(accuracy),
    validation?.loss.toPrecision(4) ?? '-',
    share(validation?.accuracy),
    duration(seconds * 1000),
  ];
}
