import { code, table } from '../src/report/markdown.ts';

/** The part of JSON Schema that zod writes for the policy. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** Every key of the policy as a table, out of its schema. */
export function policyReference(schema: Schema): string {
  return table([{ title: 'Key' }, { title: 'Value' }, { title: 'What it says' }], rows(schema, ''));
}

function rows(schema: Schema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = prefix + name;
    const required = schema.required?.includes(name) ?? false;
    const own = leaf(property) ? [[code(key), value(property, required), about(property)]] : [];
    const map = property.additionalProperties;
    const below = typeof map === 'object' ? rows(group(map), `${key}.<name>.`) : [];
    return [...own, ...rows(group(property), `${key}.`), ...below];
  });
}

/** Whether a value stands here and not only a group of keys. */
function leaf({ properties, additionalProperties }: Schema): boolean {
  const nested = typeof additionalProperties === 'object' && additionalProperties.properties;
  return properties === undefined && !nested;
}

/** The keys that a value may have; of several kinds of them none, for they are told elsewhere. */
function group(schema: Schema): Schema {
  const groups = schema.anyOf?.filter(({ properties }) => properties) ?? [];
  return groups.length === 1 ? (groups[0] ?? schema) : schema;
}

function value(schema: Schema, required: boolean): string {
  const fallback = schema.default === undefined ? '' : ` = ${code(JSON.stringify(schema.default))}`;
  return `${kind(schema)}${required ? ', required' : fallback}`;
}

function kind(schema: Schema): string {
  if (schema.enum) return schema.enum.map(code).join(' ');
  if (schema.anyOf) return schema.anyOf.map(kind).join(' or ');
  if (schema.items) return `list of ${kind(schema.items)}`;
  if (typeof schema.additionalProperties === 'object') {
    return `map to ${kind(schema.additionalProperties)}`;
  }
  return schema.type ?? 'any';
}

function about({ description = '' }: Schema): string {
  return cell(description);
}

/** The project's own prose in a table cell: readable in the source, too. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
