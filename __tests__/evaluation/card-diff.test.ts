import { describe, expect, test } from '@jest/globals';
import { diffCards } from '../../src/evaluation/card-diff.ts';

const card = (metadata: Record<string, unknown>, body = '') => ({ metadata, body });

describe('two cards', () => {
  test('that say the same in another order have no difference', () => {
    const [one, other] = [
      card({ license: 'mit', tags: ['a', 'b'] }, '# Digits\n\nReads digits.\n'),
      card({ tags: ['a', 'b'], license: 'mit' }, '# Digits\r\nReads digits.'),
    ];
    expect(diffCards(one, other)).toBeUndefined();
    expect(diffCards(undefined, undefined)).toBeUndefined();
  });

  test('differ by field, down to the numbers of the model index', () => {
    const index = (value: number) => [
      { name: 'digits', results: [{ metrics: [{ type: 'accuracy', value }] }] },
    ];
    const found = diffCards(
      card({ license: 'mit', tags: ['a'], 'model-index': index(0.9) }),
      card({ tags: ['a', 'b'], 'model-index': index(0.93), pretty_name: 'Digits' }),
    );
    expect(found?.fields).toEqual([
      { name: 'license', before: 'mit', after: undefined },
      { name: 'tags', before: 'a', after: 'a, b' },
      { name: 'model-index[0].results[0].metrics[0].value', before: '0.9', after: '0.93' },
      { name: 'pretty_name', before: undefined, after: 'Digits' },
    ]);
  });

  test('differ by line, each as often as it is there once more', () => {
    const found = diffCards(card({}, 'one\ntwo\ntwo\n'), card({}, 'two\nthree\nthree\n'));
    expect(found?.removed).toEqual({ count: 2, lines: ['one', 'two'] });
    expect(found?.added).toEqual({ count: 2, lines: ['three', 'three'] });
  });

  test('of which one is not there differ by all that the other says', () => {
    const found = diffCards(undefined, card({ license: 'mit' }, '# Digits'));
    expect(found).toMatchObject({
      fields: [{ name: 'license', before: undefined, after: 'mit' }],
      added: { count: 1 },
    });
  });

  test('that go deep, or in circles, come to an end', () => {
    const circle: Record<string, unknown> = {};
    circle.again = circle;
    expect(diffCards(undefined, card(circle))?.fields[0]?.after).toBe('…');
    const long = diffCards(undefined, card({}, 'line\n'.repeat(10_000)));
    expect(long?.added.count).toBe(10_000);
    expect(long?.added.lines).toHaveLength(200);
  });
});
