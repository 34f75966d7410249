import { rule } from '../../rule.ts';

export default rule({
  id: 'file/without-card',
  family: 'file',
  severity: 'warning',
  rationale:
    'The policy requires fields of a model card, and a model without a card has none of them: nobody can tell its licence, its data or its limits.',
  fails: 'model.onnx in a folder without README.md, where the policy requires a license',
  passes: 'model.onnx beside a README.md with a license',
  *check({ lacksCard }) {
    if (lacksCard)
      yield { message: 'there is no README.md beside it, and the policy asks for one' };
  },
});
