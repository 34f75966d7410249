import { readdirSync } from 'node:fs';
import { readJson } from '../../formats/json-document.ts';
import type { Reader } from './inspector.ts';

/** What transformers and its kin read beside the weights. */
const CONFIGURATION =
  /^(?:config|tokenizer_config|generation_config|preprocessor_config|processor_config|adapter_config|model_index|modules|chat_template)\.json$/i;

const TEMPLATE = /\.(?:jinja2?|j2)$/i;

/** Templates are written by hand; the longest have some ten kilobytes. */
const MAX_TEMPLATE_BYTES = 4 * 1024 * 1024;

/** Whether a file configures the model beside it. */
export function isConfiguration(name: string): boolean {
  return CONFIGURATION.test(name) || TEMPLATE.test(name);
}

/** Reads a configuration and the templates in it. */
export const readConfiguration: Reader = (inspection, part) => {
  const { source, name } = part;
  if (TEMPLATE.test(name)) {
    const text = new TextDecoder().decode(
      source.view(0, Math.min(source.size, MAX_TEMPLATE_BYTES)),
    );
    inspection.add(part, 'template', { name: '', text });
    return;
  }
  const { value, problems } = readJson(source);
  const beside = part.folder === undefined ? undefined : namesIn(part.folder);
  inspection.add(part, 'configuration', { value, name, beside }, problems);
  const isSettings = CONFIGURATION.test(name) && !/^modules\.json$/i.test(name);
  if (isSettings && problems.length === 0 && !isObject(value)) {
    inspection.problem(part, 'malformed', 'its settings are no object');
  }
  for (const [key, text] of templates(value)) inspection.add(part, 'template', { name: key, text });
};

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

/** `chat_template`: a text, a list of `{name, template}`, or texts by name. */
function templates(value: unknown): [key: string, text: string][] {
  if (typeof value !== 'object' || value === null || !('chat_template' in value)) return [];
  const { chat_template: template } = value;
  if (typeof template === 'string') return [['chat_template', template]];
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([key, entry]: [string, unknown]) => {
    const text =
      typeof entry === 'object' && entry !== null && 'template' in entry ? entry.template : entry;
    return typeof text === 'string' ? [[`chat_template.${key}`, text] as [string, string]] : [];
  });
}
