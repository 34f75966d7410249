import type { InputDescription } from '../../project/data-description.ts';
import type { Input } from './input.ts';
import { plainInput, stackedInput } from './numbers.ts';

/**
 * The input that a description tells of.
 * @param file the data set as errors call it
 */
export function inputOf(description: InputDescription, file: string): Input {
  if (typeof description === 'string') return plainInput(file, description);
  if (Array.isArray(description)) return stackedInput(file, description, 'float32');
  return stackedInput(file, description.columns, description.type);
}
