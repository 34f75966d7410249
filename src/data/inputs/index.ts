import type { InputDescription } from '../../project/data-description.ts';
import { imageInput } from './images.ts';
import type { Input } from './input.ts';
import { plainInput, stackedInput } from './numbers.ts';
import { Texts } from './text.ts';

/**
 * The inputs that descriptions tell of.
 * @param folder what paths of tokenizers are relative to
 * @param file the data set as errors call it
 */
export async function openInputs(
  folder: string,
  file: string,
  descriptions: Readonly<Record<string, InputDescription>>,
): Promise<ReadonlyMap<string, Input>> {
  const texts = new Map<string, Texts>();
  const inputs = new Map<string, Input>();
  for (const [name, description] of Object.entries(descriptions)) {
    inputs.set(name, await inputOf(description, { folder, file, texts }));
  }
  return inputs;
}

async function inputOf(
  description: InputDescription,
  context: {
    readonly folder: string;
    readonly file: string;
    readonly texts: Map<string, Texts>;
  },
): Promise<Input> {
  const { folder, file, texts } = context;
  if (typeof description === 'string') return plainInput(file, description);
  if (Array.isArray(description)) return stackedInput(file, description, 'float32');
  if ('columns' in description) return stackedInput(file, description.columns, description.type);
  if ('image' in description) return imageInput(file, description.image);
  const key = Texts.key(description.text);
  const opened = texts.get(key) ?? (await Texts.open(folder, file, description.text));
  texts.set(key, opened);
  return opened.input(description.text);
}
