import { namesOf } from '../../card/fields.ts';
import { rule, type Detail } from '../../rule.ts';

/** A repository of the hub: `name`, or `owner/name` (huggingface_hub, validate_repo_id). */
const REPOSITORY = /^(?:[\w.-]{1,96}\/)?[\w.-]{1,96}$/;

const RELATIONS = new Set(['adapter', 'merge', 'quantized', 'finetune']);

export default rule({
  id: 'card/base-model',
  family: 'card',
  severity: 'warning',
  rationale:
    'The licence and the limits of a base model pass on to what is made of it. A base that cannot be found, or that is not the one of the adapter, hides them.',
  fails: 'base_model: ../llama, or another one than in adapter_config.json',
  passes: 'base_model: mistralai/Mistral-7B-v0.1',
  *check({ metadata, adapterBase, lineOf }): Iterable<Detail> {
    const names = namesOf(metadata?.base_model);
    for (const name of names ?? []) {
      if (REPOSITORY.test(name) && !name.includes('..') && !name.includes('--')) continue;
      yield {
        message: `base_model '${name}' is no name of a repository`,
        line: lineOf('base_model'),
      };
    }
    const relation = metadata?.base_model_relation;
    if (relation !== undefined && (typeof relation !== 'string' || !RELATIONS.has(relation))) {
      yield {
        message: `base_model_relation is none of ${[...RELATIONS].join(', ')}`,
        line: lineOf('base_model_relation'),
      };
    }
    if (names && adapterBase !== undefined && isElsewhere(adapterBase, names)) {
      yield {
        message: `the card is based on ${names.join(', ')}, and adapter_config.json on ${adapterBase}`,
        line: lineOf('base_model'),
      };
    }
  },
});

/** A path of the machine that trained says nothing about the repository. */
function isElsewhere(base: string, names: readonly string[]): boolean {
  return REPOSITORY.test(base) && base.includes('/') && !names.includes(base);
}
