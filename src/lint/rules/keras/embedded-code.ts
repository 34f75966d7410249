import { embeddedCode } from '../../keras/embedded-code.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'keras/embedded-code',
  family: 'keras',
  severity: 'error',
  rationale:
    'A Lambda layer stores a Python function as bytecode, which runs when the model is loaded or called. The .h5 loader runs it whatever safe_mode says (CVE-2024-3660, CVE-2025-9905).',
  fails: 'a Lambda layer with function_type lambda',
  passes: 'a layer class of Keras, such as Rescaling, that does the same',
  check: (config) => embeddedCode(config),
});
