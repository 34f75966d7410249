import { rule } from '../../rule.ts';

/** What tokenizers of all kinds keep their vocabulary in. */
const VOCABULARY =
  /^(?:tokenizer\.json|.*vocab.*|merges\.txt|dict\.txt|tekken\.json|.*\.(?:model|model\.v\d+|spm|tiktoken|bpe|codes)|tokenization_.*\.py)$/i;

/** Tokenizers that work on bytes or characters: they have no vocabulary. */
const WITHOUT_FILES = /^(?:ByT5|Canine|Perceiver)Tokenizer/;

export default rule({
  id: 'configuration/tokenizer-files',
  family: 'configuration',
  severity: 'warning',
  rationale:
    'A tokenizer is its vocabulary: without that file the model cannot read a text, or is loaded with a vocabulary from elsewhere that does not fit.',
  fails: 'tokenizer_config.json and no tokenizer.json, vocabulary or SentencePiece model beside it',
  passes: 'tokenizer_config.json beside tokenizer.json',
  *check({ name, value, beside }) {
    if (!/^tokenizer_config\.json$/i.test(name) || beside === undefined) return;
    if (typeof value !== 'object' || value === null || 'auto_map' in value) return;
    const { tokenizer_class: kind } = value as { tokenizer_class?: unknown };
    // A tokenizer without a class is a chat template that somebody keeps in this file.
    if (typeof kind !== 'string' || WITHOUT_FILES.test(kind)) return;
    if (beside.some((file) => VOCABULARY.test(file))) return;
    yield { message: `the files of its ${kind} are not there` };
  },
});
