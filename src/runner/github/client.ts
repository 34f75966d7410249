import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as artifact from './clients/artifact.ts';
import type * as attest from './clients/attest.ts';
import type * as cache from './clients/cache.ts';
import type * as rest from './clients/rest.ts';

interface Clients {
  readonly artifact: typeof artifact;
  readonly attest: typeof attest;
  readonly cache: typeof cache;
  readonly rest: typeof rest;
}

/**
 * Loads one of the toolkit's clients. Each is megabytes, and most steps call none of them: dist/
 * holds each once, beside the actions, and a step loads it with its first call.
 */
export async function loadClient<Name extends keyof Clients>(name: Name): Promise<Clients[Name]> {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const bundled = path.join(here, '..', 'clients', name, 'index.js');
  const compiled = path.join(here, 'clients', `${name}${path.extname(import.meta.url)}`);
  const file = existsSync(bundled) ? bundled : compiled;
  return (await import(/* webpackIgnore: true */ pathToFileURL(file).href)) as Clients[Name];
}
