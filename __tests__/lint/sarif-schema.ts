import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';

/** The schema of OASIS as Microsoft's matchers for jest ship it. */
const SCHEMA = '../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';

/** What the official schema says against a report; null where it accepts it. */
export function sarifErrors(sarif: unknown) {
  const schema = JSON.parse(readFileSync(new URL(SCHEMA, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;
  // It is of draft 4, whose keywords for the schema itself ajv does not know; the rest is the same.
  delete schema.$schema;
  delete schema.id;
  const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(
    schema,
  );
  validate(sarif);
  return validate.errors ?? null;
}
