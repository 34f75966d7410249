import { rule } from '../../rule.ts';

export default rule({
  id: 'card/front-matter',
  family: 'card',
  severity: 'warning',
  rationale:
    'Tools read licence, data sets and metrics from the front matter of a model card. Without a well-formed one, the model has none of them.',
  fails: 'a README.md whose first --- is never closed',
  passes: 'a README.md that starts with `---`, `license: mit`, `---`',
  *check({ problem, problemLine }) {
    if (problem !== undefined) yield { message: problem, line: problemLine };
  },
});
