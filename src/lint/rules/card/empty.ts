import { rule } from '../../rule.ts';

export default rule({
  id: 'card/empty',
  family: 'card',
  severity: 'warning',
  rationale:
    'Nobody can judge a model by its front matter: what it is for, what it was trained on and where it fails stand in the text of the card.',
  fails: 'a README.md that ends with its front matter',
  passes: 'a README.md that says what the model is for',
  *check({ body, problem }) {
    if (problem === undefined && body.trim() === '') {
      yield { message: 'the card has no text behind its front matter', line: 1 };
    }
  },
});
