import { isGiven } from '../../card/fields.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'card/required-field',
  family: 'card',
  severity: 'error',
  rationale:
    'The policy of this repository asks for the field on every card (lint.card.required in .github/model-ci.yml).',
  fails: 'a card without datasets, where the policy requires it',
  passes: 'a card with every field that the policy requires',
  *check({ metadata, required }) {
    const missing = required.filter((field) => !isGiven(metadata?.[field]));
    for (const field of missing) {
      yield { message: `the card has no ${field}, which the policy requires`, line: 1 };
    }
  },
});
