import { expect, test } from '@jest/globals';
import { evaluationReport } from '../../src/evaluation/report/json-schema.ts';
import { linear } from '../evaluation/models.ts';
import { Repository } from '../evaluation/repository.ts';

const weights = (first: number) =>
  linear([
    [first, 1],
    [1, -1],
  ]);

test('the report says what changed in weights and card', async () => {
  const repository = await Repository.create(weights(0));
  const card = (license: string, text: string) => `---\nlicense: ${license}\n---\n${text}\n`;
  await repository.write('old/model.onnx', weights(-1));
  await repository.write('old/README.md', card('mit', 'Reads points.'));
  await repository.write('models/points/README.md', card('apache-2.0', 'Reads better.'));
  const { report } = await repository.evaluate('--baseline', 'old');
  const { diff, card: cards } = evaluationReport.parse(report());
  expect(diff?.weights).toMatchObject({
    changes: [{ name: 'w', change: 'values', sparsity: { before: 0, after: 0.25 } }],
    sparsity: { before: 0, after: 0.25 },
  });
  expect(cards).toEqual({
    fields: [{ name: 'license', before: 'mit', after: 'apache-2.0' }],
    removed: { count: 1, lines: ['Reads points.'] },
    added: { count: 1, lines: ['Reads better.'] },
  });
  const markdown = await repository.read('.model-ci/reports/evaluation.md');
  expect(markdown).toContain('| card: license | mit | apache-2.0 |');
});
