import { UserError } from '../../errors.ts';
import { readYaml, type YamlFile } from '../../project/yaml.ts';
import { fitSchema, type FitSpec } from '../../training/spec.ts';

const hint = 'docs/fit.md lists every key, with an example.';

/**
 * Reads the description of a training run from a YAML file, or from one section of it.
 * @throws UserError with the line of the first value that the schema refuses
 */
export async function readFitSpec(
  folder: string,
  file: string,
  key: string | undefined,
): Promise<FitSpec> {
  const yaml = await readYaml(folder, file);
  if (!yaml) {
    throw new UserError(`${file} does not exist`, { hint: `Write what to train into it. ${hint}` });
  }
  const prefix = key === undefined ? [] : [key];
  const parsed = fitSchema.safeParse(sectionOf(yaml, key));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const keys = [...prefix, ...(issue?.path ?? []).filter((part) => typeof part !== 'symbol')];
  const at = keys.length > 0 ? `'${keys.join('.')}': ` : '';
  throw new UserError(`${file}: ${at}${issue?.message ?? 'is no description of a training run'}`, {
    hint,
    place: yaml.placeOf(keys),
  });
}

function sectionOf(yaml: YamlFile, key: string | undefined): unknown {
  const { value, file } = yaml;
  if (key === undefined) return value;
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, key)) {
    return (value as Readonly<Record<string, unknown>>)[key];
  }
  throw new UserError(`${file} has no section '${key}'`, { hint, place: { file } });
}
