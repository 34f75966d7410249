import { rule } from '../../rule.ts';

/** Keys by which a configuration makes the library import Python from the repository or the hub. */
const KEYS = new Set(['auto_map', 'custom_pipelines', 'custom_generate']);

/** Packages whose classes a configuration may name; of others, their code is imported. */
const OWN_PACKAGE = /^(?:sentence_transformers|transformers|peft|diffusers|torch)(?:\.|$)/;

/** A configuration nests a few levels: sub-models of a composite. */
const MAX_DEPTH = 16;

export default rule({
  id: 'configuration/remote-code',
  family: 'configuration',
  severity: 'warning',
  rationale:
    'Loading the model imports Python code from the repository, or from another one on the hub, that stands outside of this review.',
  fails: 'auto_map: {AutoModel: modeling_x.XModel}; trust_remote_code: true',
  passes: 'model_type of an architecture that the library has',
  *check({ name, value }) {
    for (const { key, path, setting } of settings(value, '', 0)) {
      if (KEYS.has(key)) {
        const text = JSON.stringify(setting);
        const elsewhere = text.includes('--') ? ' of another repository' : '';
        yield { message: `${key} names code${elsewhere}: ${text.slice(0, 80)}`, location: path };
      } else if (key === 'trust_remote_code' && setting === true) {
        yield { message: 'trust_remote_code is on', location: path };
      } else if (typeof setting === 'string' && namesModule(name, key)) {
        if (OWN_PACKAGE.test(setting)) continue;
        yield { message: `${key} names code: ${setting.slice(0, 80)}`, location: path };
      }
    }
  },
});

/** Modules of sentence-transformers by their type, and the library of an adapter's base model. */
function namesModule(file: string, key: string): boolean {
  return (key === 'type' && /^modules\.json$/i.test(file)) || key === 'parent_library';
}

function* settings(
  value: unknown,
  path: string,
  depth: number,
): Iterable<{ key: string; path: string; setting: unknown }> {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
  for (const [key, setting] of Object.entries(value)) {
    const at = path ? `${path}.${key}` : key;
    yield { key, path: at, setting };
    yield* settings(setting, at, depth + 1);
  }
}
