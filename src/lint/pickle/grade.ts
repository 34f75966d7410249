import { knownReason } from './known-globals.ts';
import { executingPackage } from './executing-packages.ts';
import { isStandardLibrary } from './standard-library.ts';

/**
 * - `known`: real frameworks need it, and it only builds data.
 * - `unknown`: code of somebody's package runs; what it does cannot be told from here.
 * - `dangerous`: it can run code, touch files or the network, or reach whatever does.
 */
export interface Grade {
  readonly grade: 'known' | 'unknown' | 'dangerous';
  readonly reason: string;
}

/** Names that Python 2 pickles use; Python 3 maps them when it unpickles (`_compat_pickle`). */
const RENAMED: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
  UserDict: 'collections',
  UserList: 'collections',
  UserString: 'collections',
};

/** Frameworks of which the harmless part is listed: the rest of them holds loaders and compilers. */
const LISTED_FRAMEWORKS = new Set(
  'numpy torch torchvision pandas sklearn scipy joblib tensorflow keras jax flax transformers'.split(
    ' ',
  ),
);

/** Harmless by themselves, but what they return calls something later. */
const DEFERRED: ReadonlySet<string> = new Set([
  'functools partial',
  'functools reduce',
  'operator itemgetter',
  'builtins print',
  'builtins len',
  'builtins sum',
  'builtins min',
  'builtins max',
  'builtins sorted',
  'builtins reversed',
  'builtins enumerate',
  'builtins zip',
  'builtins abs',
  'builtins round',
]);

/** A function that says what it does: no model needs one of these while it loads. */
const TELLING_NAME =
  /(?:^|_)(?:eval|exec|execute|system|popen|spawn|shell|subprocess|command|cmd|run|call|import|open|compile|download|fetch|request|urlopen|urlretrieve|upload|send|connect|listen|serve|load|loads|unpickle|deserialize|decode_object|extract|extractall|unlink|remove|rmtree|delete|write|dlopen|cdll|install|kill|fork|script|hook|getattr|setattr|resolve)(?:_|$|\d)/i;

/** How a global is used, and where. */
export interface Use {
  /** Unpickling calls it at once. */
  readonly called: boolean;
  /** The pickle stands in a torch archive, whose own code defines the module `__torch__`. */
  readonly inContainer: boolean;
}

/** Grades the global that a pickle references. */
export function gradeGlobal(module: string, name: string, { called, inContainer }: Use): Grade {
  const root = module.split('.', 1)[0] ?? '';
  if (root === '__torch__' && inContainer) {
    return { grade: 'known', reason: 'the TorchScript code of this archive defines it' };
  }
  const current = RENAMED[module] ?? module;
  const reason = knownReason(current, name);
  if (reason !== undefined) return { grade: 'known', reason };
  const disguise = disguiseOf(module, name);
  if (disguise !== undefined) return { grade: 'dangerous', reason: disguise };
  if (DEFERRED.has(`${current} ${name}`)) {
    return { grade: 'unknown', reason: 'it can call something else later' };
  }
  if (isStandardLibrary(module) || current === 'builtins') {
    return {
      grade: 'dangerous',
      reason: "it is part of Python's standard library and not among the types of plain data",
    };
  }
  const does = executingPackage(module);
  if (does !== undefined) return { grade: 'dangerous', reason: does };
  return gradePackage(root, name, called);
}

function gradePackage(root: string, name: string, called: boolean): Grade {
  const isClass = /^_*[A-Z]/.test(name.split('.').at(-1) ?? '');
  if (!isClass && called && LISTED_FRAMEWORKS.has(root)) {
    return {
      grade: 'dangerous',
      reason: `it is a function of ${root} that no model needs while it loads`,
    };
  }
  if (!isClass && called && TELLING_NAME.test(name)) {
    return { grade: 'dangerous', reason: 'by its name it loads, runs or fetches something' };
  }
  return { grade: 'unknown', reason: 'it is not among the globals that are known to be harmless' };
}

/** Names that reach another object than the one they seem to name. */
function disguiseOf(module: string, name: string): string | undefined {
  if (!/^[\w.]+$/.test(module) || !/^[\w.<>]+$/.test(name)) {
    return 'its name is not made of Python identifiers';
  }
  const parts = [...module.split('.'), ...name.split('.')];
  const special = parts.find((part) => /^__\w+__$/.test(part) && part !== '__main__');
  if (special !== undefined) return `it reaches for the special attribute ${special}`;
  const [first = '', ...rest] = name.split('.');
  if (rest.length > 0 && rest.some((part) => !/^_*[A-Z]/.test(part))) {
    return `it reaches through ${first} for an attribute, which dodges a check of names`;
  }
  return rest.length > 0 && !/^_*[A-Z]/.test(first)
    ? `it reaches into ${first}, which may be any module`
    : undefined;
}
