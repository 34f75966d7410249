import { globalsOf } from '../../pickle/globals.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/unknown-global',
  family: 'pickle',
  severity: 'warning',
  rationale:
    'The pickle names code that is not among the globals known to be harmless. Whoever loads it must trust that package, in whatever version is installed.',
  fails: 'my_project.layers.Attention',
  passes: 'torch.nn.modules.linear.Linear',
  check: (subject) => globalsOf(subject, 'unknown'),
});
