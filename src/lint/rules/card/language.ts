import { namesOf } from '../../card/fields.ts';
import { isLanguage, languageCode } from '../../card/languages.ts';
import { rule, type Detail } from '../../rule.ts';

export default rule({
  id: 'card/language',
  family: 'card',
  severity: 'warning',
  rationale:
    'Searches by language use codes of ISO 639. A model whose card spells the language out is not found.',
  fails: 'language: english',
  passes: 'language: en',
  *check({ metadata, lineOf }): Iterable<Detail> {
    for (const [index, text] of (namesOf(metadata?.language) ?? []).entries()) {
      if (isLanguage(text)) continue;
      const code = languageCode(text);
      const advice = code === undefined ? '' : `; did you mean ${code}?`;
      yield {
        message: `'${text}' is no language code of ISO 639${advice}`,
        line: lineOf('language', index),
      };
    }
  },
});
