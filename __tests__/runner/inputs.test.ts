import { describe, expect, test } from '@jest/globals';
import * as input from '../../src/runner/inputs.ts';

const specs = {
  paths: input.lines('Paths', '.'),
  'fail-on': input.choice('When', ['error', 'never'], 'error'),
  dry: input.flag('Dry'),
  jobs: input.integer('Jobs', { min: 1, max: 8 }, 2),
  model: input.optionalText('Model'),
};
const read = (given: Record<string, string>) =>
  input.readInputs(specs, new Map(Object.entries(given)));

describe('inputs', () => {
  test('have their defaults', () => {
    expect(read({})).toEqual({
      paths: ['.'],
      'fail-on': 'error',
      dry: false,
      jobs: 2,
      model: undefined,
    });
  });

  test('are read', () => {
    expect(read({ paths: ' a \n\n b\r\nc', dry: 'TRUE', jobs: '8', model: 'm' })).toMatchObject({
      paths: ['a', 'b', 'c'],
      dry: true,
      jobs: 8,
      model: 'm',
    });
  });

  test.each([
    [{ 'fail-on': 'maybe' }, 'fail-on'],
    [{ dry: 'yes' }, 'dry'],
    [{ jobs: '0' }, 'jobs'],
    [{ jobs: '1.5' }, 'jobs'],
    [{ fail_on: 'error' }, "no input 'fail_on'"],
  ])('%j is refused', (given, message) => {
    expect(() => read(given as unknown as Record<string, string>)).toThrow(message);
  });

  test('a required one must be given', () => {
    const required = { version: input.requiredText('The version') };
    expect(() => input.readInputs(required, new Map())).toThrow("input 'version' is missing");
  });
});
