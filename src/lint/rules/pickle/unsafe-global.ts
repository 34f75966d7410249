import { globalsOf } from '../../pickle/globals.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/unsafe-global',
  family: 'pickle',
  severity: 'error',
  rationale:
    'A pickle is a program: it imports what it names and calls it while it loads. These names run commands, touch files or the network, or reach whatever does.',
  fails: 'os.system called with a command',
  passes: 'collections.OrderedDict filled with tensors; better, the same weights as safetensors',
  check: (subject) => globalsOf(subject, 'dangerous'),
});
