import { beforeEach, describe, expect, test } from '@jest/globals';
import { linear } from '../evaluation/models.ts';
import { points, Repository } from '../evaluation/repository.ts';
import { float32, npz } from '../training/data-set.ts';

let repository: Repository;
beforeEach(async () => {
  repository = await Repository.create(linear([[1], [1]]));
});

describe('evaluate by task', () => {
  test('a regression has its own metrics and gates, and refuses those of another task', async () => {
    const { x } = points(200);
    const values = Array.from({ length: 200 }, (_, row) => 2 * row);
    await repository.write('data/test.npz', npz({ x, labels: float32([200, 1], values) }));
    const gates = { r2: { min: 0.5, 'max-relative-regression': 0.1 } };
    const task = { task: 'regression', labels: 'labels' };
    await repository.policy({ ...task, gates });
    const { report } = await repository.evaluate('--baseline', 'models/points');
    expect(report()).toMatchObject({ task: 'regression', verdict: 'rejected' });
    expect(Object.keys(report().metrics)).toEqual(['rmse', 'mae', 'r2', 'mape']);
    expect(report().gates).toMatchObject([
      { rule: 'min', outcome: 'missed' },
      { rule: 'max-relative-regression', outcome: 'equal', value: 0 },
    ]);
    await repository.policy({ ...task, gates: { accuracy: { min: 0.5 } } });
    const refused = await repository.evaluate();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/regression has no metric 'accuracy'/);
  });
});
