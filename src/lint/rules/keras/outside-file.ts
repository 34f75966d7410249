import { rule } from '../../rule.ts';

/** Settings that hold a list or nothing once a layer was saved; text there is a path to read. */
const PATH_KEYS = new Set(['vocabulary', 'idf_weights', 'vocabulary_file', 'merges']);

/** A layer that runs a TensorFlow SavedModel from a folder. */
const LOADING_CLASS = /^(?:.*>)?TFSMLayer$/;

export default rule({
  id: 'keras/outside-file',
  family: 'keras',
  severity: 'error',
  rationale:
    'A vocabulary given as a path is read from the machine that loads the model: any file it can read, and with gs:// or http:// any address it can reach (CVE-2025-12058). TFSMLayer runs a graph from a path.',
  fails: 'StringLookup with "vocabulary": "/etc/passwd"',
  passes: 'StringLookup with its vocabulary as a list, or in the assets of the archive',
  *check({ texts, references }) {
    for (const { key, path, value } of texts) {
      if (!PATH_KEYS.has(key) || !path.endsWith(key)) continue;
      yield { message: `loading the model reads the file ${value}`, location: path };
    }
    for (const { name, path } of references) {
      if (!LOADING_CLASS.test(name)) continue;
      yield { message: `${name} runs a model from outside the file`, location: path };
    }
  },
});
