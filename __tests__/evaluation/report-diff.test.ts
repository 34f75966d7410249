import { describe, expect, test } from '@jest/globals';
import { marked } from 'marked';
import type { Evaluation } from '../../src/evaluation/evaluation.ts';
import { htmlReport } from '../../src/evaluation/report/html.ts';
import { evaluationReport } from '../../src/evaluation/report/json-schema.ts';
import { jsonReport } from '../../src/evaluation/report/json.ts';
import { markdownReport } from '../../src/evaluation/report/markdown.ts';
import { evaluation, noDiff } from './evaluation.ts';

const HOSTILE = '<img src=x> | `x` @team';
const context = { baselineReason: '', reportPlace: '' };

/** `weights` tensors that were pruned by half, and as many properties. */
function pruned(count: number, name = 'w'): Evaluation {
  const changes = Array.from({ length: count }, (_, index) => ({
    name: `${name}${index}`,
    dims: [2, 2],
    change: 'values' as const,
    distance: 0.5,
    sparsity: { before: 0, after: 0.5 },
    note: '',
  }));
  return {
    ...evaluation(3),
    diff: {
      ...noDiff,
      weights: {
        ...noDiff.weights,
        unchanged: 0,
        changes,
        sparsity: { before: 0, after: 0.5 },
        notFinite: [
          { name, already: false },
          { name: 'mask', already: true },
        ],
      },
      metadata: [
        { name: 'producer', before: 'pytorch 2.1', after: 'pytorch 2.4' },
        ...changes.map((_, index) => ({
          name: `metadata.${name}${index}`,
          before: undefined,
          after: name,
        })),
      ],
    },
    card: {
      fields: [{ name: 'license', before: 'mit', after: 'apache-2.0' }],
      removed: { count: 1, lines: [`It was ${name}.`] },
      added: { count: 300, lines: ['It is new.'] },
    },
  };
}

describe('what changed in the model', () => {
  test('is one sentence, and behind it what each part was and is', () => {
    const text = markdownReport(pruned(1), context);
    expect(text).toContain(
      '<summary>Model: 1 node, 4 parameters, 0.00 % → 50.00 % of them zero; 1 of 1 weight tensors changed; the card changed</summary>',
    );
    expect(text).toContain("- weight 'w' holds NaN or infinity\n");
    expect(text).toContain("- weight 'mask' holds NaN or infinity, as in the baseline\n");
    expect(text).toContain('- text of the card: 300 lines new, 1 gone');
    expect(text).toContain(
      '| w0 | \\[2, 2\\] | moved by 50.0 % of its size | 0\\.00 % → 50.00 % |',
    );
    expect(text).toContain('| Metadata | Before | After |');
    expect(text).toContain('| producer | pytorch 2.1 | pytorch 2.4 |');
    expect(text).toContain('| card: license | mit | apache-2.0 |');
  });

  test('is cut in a comment, and whole in the HTML report', async () => {
    const many = pruned(100);
    const text = markdownReport(many, context);
    expect(text).toContain('| w19 |');
    expect(text).not.toContain('| w20 |');
    expect(text).toContain('*80 more changed.*');
    const html = await htmlReport(many, context);
    expect(html).toContain('Weights that changed: 100');
    expect(html).toContain('<summary>Metadata: ');
    expect(html).toContain('<code>metadata.w99</code>');
    expect(html).toContain('+ It is new.');
    expect(html).toContain('299 more lines changed.');
  });

  test('is a card alone where a command runs models that nothing here reads', async () => {
    const given = { ...pruned(1), diff: undefined };
    expect(markdownReport(given, context)).toContain('<summary>Model: the card changed</summary>');
    expect(await htmlReport(given, context)).toContain('The card changed.');
  });

  test('is all in the JSON report, as its schema says', () => {
    const printed = JSON.parse(JSON.stringify(jsonReport(pruned(2), context))) as object;
    const { diff, card } = evaluationReport.parse(printed);
    expect(diff?.weights.changes[0]?.sparsity).toEqual({ before: 0, after: 0.5 });
    expect(diff?.metadata).toHaveLength(3);
    expect(card?.fields).toHaveLength(1);
  });

  test('shows hostile names as text', async () => {
    const given = pruned(1, HOSTILE);
    for (const html of [
      await marked.parse(markdownReport(given, context)),
      await htmlReport(given, context),
    ]) {
      expect(html).not.toContain('<img');
      expect(html).toContain('&lt;img');
    }
  });
});
