import { referencesOf } from '../../keras/references.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'keras/unsafe-reference',
  family: 'keras',
  severity: 'error',
  rationale:
    'A configuration names the classes and functions that loading looks up, and Keras before 3.11 imports any module for it (CVE-2025-1550). keras.utils.get_file fetches files and keras.config.enable_unsafe_deserialization switches the checks off (CVE-2025-8747, CVE-2025-9906).',
  fails: '{"class_name": "function", "module": "os", "config": "system"}',
  passes: '{"class_name": "function", "module": "keras.activations", "config": "relu"}',
  check: (config) => referencesOf(config, 'dangerous'),
});
