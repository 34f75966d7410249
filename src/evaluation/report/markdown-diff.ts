import { details, escapeMarkdown, table } from '../../report/markdown.ts';
import type { Evaluation } from '../evaluation.ts';
import { diffText } from './diff.ts';
import { clipped, count } from './format.ts';

/** A hostile model may have as many of each as it likes; the HTML report has them all. */
const SHOWN = 20;

/** What changed in the model and its card; empty where there is nothing to compare with. */
export function modelDiff(evaluation: Evaluation): string {
  const text = diffText(evaluation);
  if (!text) return '';
  const { summary, changes, weights, metadata } = text;
  const parts = [
    list(changes),
    rowsTable(['Weights', 'Shape', 'Change', 'Zeros'], weights),
    rowsTable(['Metadata', 'Before', 'After'], metadata),
  ].filter(Boolean);
  const title = `Model: ${escapeMarkdown(summary)}`;
  return parts.length > 0 ? details(title, parts.join('\n\n')) : `${title}.`;
}

function list(changes: readonly string[]): string {
  const items = changes.slice(0, SHOWN).map((what) => `- ${escapeMarkdown(clipped(what))}`);
  return withRest(items.join('\n'), changes.length);
}

function rowsTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const shown = rows
    .slice(0, SHOWN)
    .map((cells) => cells.map((cell) => escapeMarkdown(clipped(cell))));
  return withRest(
    table(
      titles.map((title) => ({ title })),
      shown,
    ),
    rows.length,
  );
}

function withRest(text: string, total: number): string {
  return total > SHOWN ? `${text}\n\n*${count(total - SHOWN)} more changed.*` : text;
}
