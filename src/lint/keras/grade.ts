import type { KerasReference } from '../../formats/keras/config.ts';
import { executingPackage } from '../pickle/executing-packages.ts';
import { isStandardLibrary } from '../pickle/standard-library.ts';

/**
 * - `known`: a part of Keras that models are made of.
 * - `custom`: the loader finds it only where the user has registered it.
 * - `foreign`: loading imports somebody's package.
 * - `dangerous`: it can run code, touch files or the network, or switch off Keras' own checks.
 */
export interface KerasGrade {
  readonly grade: 'known' | 'custom' | 'foreign' | 'dangerous';
  readonly reason: string;
}

/** Packages of the Keras project: their layers are what models are made of. */
const KERAS =
  /^(?:keras|tf_keras|keras_hub|keras_nlp|keras_cv|keras_rs|tensorflow\.keras|tensorflow\.python\.keras|tensorflow_text\.keras)(?:\.|$)/;

/** Where the functions live that a model is made of; everything else is machinery of Keras. */
const MODELLING =
  /\.(?:activations|losses|metrics|initializers|regularizers|constraints|ops|operations|optimizers|layers|random|quantizers|dtype_policies|nn|numpy|image|linalg|math)(?:\.|$)/;

/** Functions that Python has without any import, and that no model is made of. */
const PYTHON_FUNCTIONS = new Set(
  '__build_class__ __import__ breakpoint compile delattr eval exec exit getattr globals help input locals memoryview open quit setattr vars'.split(
    ' ',
  ),
);

/** Grades what loading a model looks up. */
export function gradeReference(reference: KerasReference): KerasGrade {
  const { module, registeredName } = reference;
  const name = reference.name.includes('>')
    ? (reference.name.split('>').at(-1) ?? '')
    : reference.name;
  if (/^__\w+__$/.test(name) && module === undefined) return known;
  if (module === undefined) return withoutModule(reference, name);
  if (
    !/^[\w.]+$/.test(module) ||
    module.split('.').some((part) => /^__(?!main__)\w+__$/.test(part))
  ) {
    return dangerous('its module is not made of Python identifiers');
  }
  if (module === 'builtins') {
    return PYTHON_FUNCTIONS.has(name) ? dangerous('it is a function of Python itself') : known;
  }
  if (KERAS.test(`${module}.`)) return ofKeras(module, name);
  if (/^__typespec__$/.test(name) && module.startsWith('tensorflow')) return known;
  if (isStandardLibrary(module)) {
    return dangerous("it is part of Python's standard library, which no model is made of");
  }
  const does = executingPackage(module);
  if (does !== undefined) return dangerous(does);
  if (module === '__main__' || registeredName?.includes('>')) {
    return { grade: 'custom', reason: 'it must be registered by code that is not in the file' };
  }
  return { grade: 'foreign', reason: `older versions of Keras import ${module} to find it` };
}

const known: KerasGrade = { grade: 'known', reason: '' };

const dangerous = (reason: string): KerasGrade => ({ grade: 'dangerous', reason });

function withoutModule({ registeredName, name: full }: KerasReference, name: string): KerasGrade {
  if (/[.:/\\(]/.test(full) && !full.includes('>')) {
    return dangerous('its name reaches for something else than a class');
  }
  const isCustom = full.includes('>') || registeredName?.includes('>') === true;
  return isCustom && name !== ''
    ? { grade: 'custom', reason: 'it must be registered by code that is not in the file' }
    : known;
}

/** A layer or another class is known; a function only where models use functions. */
function ofKeras(module: string, name: string): KerasGrade {
  if (name.includes('.')) return dangerous('it reaches through Keras for an attribute');
  const isClass = /^_*[A-Z]/.test(name);
  if (isClass || MODELLING.test(`${module}.`)) return known;
  return dangerous(`it is a function of ${module}, which no model is made of`);
}
