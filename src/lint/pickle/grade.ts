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

/** Modules that Python 2 pickles use; Python 3 maps them when it unpickles (`_compat_pickle`). */
const RENAMED: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  exceptions: 'builtins',
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
  'collections ChainMap',
]);

/** Functions on plain values: harmless as data, and for nothing while a model loads. */
const PLAIN_FUNCTIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  builtins: new Set(
    'abs all any ascii bin callable chr divmod enumerate format hash hex id isinstance issubclass len max min oct ord pow print repr reversed round sorted sum zip'.split(
      ' ',
    ),
  ),
  math: new Set(
    'acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist erf erfc exp exp2 expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf perm pow prod radians sin sinh sqrt tan tanh trunc'.split(
      ' ',
    ),
  ),
};

/** Types whose methods work on plain values; `format` walks attributes. */
const PLAIN_METHOD =
  /^(?:str|unicode|bytes|bytearray|int|float|complex|list|tuple|dict|set|frozenset)\.(?!format)[a-z]\w*$/;

/** A function that says what it does: no model needs one of these while it loads. */
const TELLING_NAME =
  /(?:^|_)(?:eval|exec|execute|execfile|system|popen|spawn|shell|subprocess|command|cmd|run|call|import|open|compile|download|fetch|request|urlopen|urlretrieve|upload|send|connect|listen|serve|load|loads|read|gpickle|deserialize|decode_object|sympify|lambdify|parse_expr|extract|extractall|unlink|remove|rmtree|delete|write|dlopen|cdll|install|kill|fork|script|hook|getattr|setattr|resolve)(?:_|$|\d)|^_*unpickle$/i;

/** A class that opens, fetches or runs what it is constructed with. */
const TELLING_CLASS =
  /(?:File|Reader|Writer|Importer|Remote|Session|Client|Server|Socket|Connection|Popen|Process|Shell|Command|Interpreter|Unpickler)(?:[A-Z_\d]|$)/;

/** A global and how loading uses it; see `GlobalName`. */
export interface UsedGlobal {
  readonly module: string;
  readonly name: string;
  readonly called: boolean;
  readonly made: boolean;
  readonly owner?: UsedGlobal | undefined;
}

const known = (reason: string): Grade => ({ grade: 'known', reason });
const unknown = (reason: string): Grade => ({ grade: 'unknown', reason });
const dangerous = (reason: string): Grade => ({ grade: 'dangerous', reason });

/**
 * Grades the global that a pickle references. `inContainer`: it stands in a torch archive, whose
 * own code defines the module `__torch__`.
 */
export function gradeGlobal(global: UsedGlobal, inContainer: boolean): Grade {
  const { module, name, called } = global;
  const root = module.split('.', 1)[0] ?? '';
  if (root === '__torch__' && inContainer) {
    return known('the TorchScript code of this archive defines it');
  }
  const current = RENAMED[module] ?? module;
  const reason = knownReason(current, name);
  if (reason !== undefined) return known(reason);
  if (current === 'builtins' && PLAIN_METHOD.test(name) && !called) {
    return known('a method of a builtin type of plain data');
  }
  const disguise = disguiseOf(current, global);
  if (disguise !== undefined) return dangerous(disguise);
  if (DEFERRED.has(`${current} ${name}`)) return unknown('it can call something else later');
  if (Object.hasOwn(PLAIN_FUNCTIONS, current) && PLAIN_FUNCTIONS[current]?.has(name) === true) {
    return called
      ? unknown('no model needs its result while it loads')
      : known('a function on plain values');
  }
  if (isMethodOfValue(global)) {
    const isConstant = /\.[A-Z][A-Z_\d]*$/.test(name);
    return isConstant ? known('a member of an enumeration') : gradePackage(root, global);
  }
  if (isStandardLibrary(module) || current === 'builtins') {
    return dangerous(
      "it is part of Python's standard library and not among the types of plain data",
    );
  }
  const does = executingPackage(module);
  return does === undefined ? gradePackage(root, global) : dangerous(does);
}

function gradePackage(root: string, { name, called, made, owner }: UsedGlobal): Grade {
  const last = name.split('.').at(-1) ?? '';
  const isClass = made || /^_*[A-Z]/.test(last);
  const isListed = LISTED_FRAMEWORKS.has(root);
  // Methods that a class keeps for itself are called by it, with what it has checked.
  const isReachable = called || ((isListed || owner !== undefined) && !last.startsWith('_'));
  if (!isClass && isReachable && TELLING_NAME.test(last)) {
    return dangerous('by its name it loads, runs or fetches something');
  }
  if (called && !isClass && isListed) {
    return dangerous(`it is a function of ${root} that no model needs while it loads`);
  }
  if (called && !made && TELLING_CLASS.test(last)) {
    return dangerous('by its name it opens, fetches or runs what it is given');
  }
  return unknown('it is not among the globals that are known to be harmless');
}

/** A method that is kept with its object, or with its class: data until somebody calls it. */
function isMethodOfValue({ called, owner }: UsedGlobal): boolean {
  if (called || owner === undefined) return false;
  return owner.made || gradeGlobal(owner, false).grade === 'known';
}

/** Names that reach another object than the one they seem to name. */
function disguiseOf(module: string, global: UsedGlobal): string | undefined {
  const { name, called } = global;
  if (!/^[\w.]+$/.test(module) || !/^[\w.<>]+$/.test(name)) {
    return 'its name is not made of Python identifiers';
  }
  const parts = [...module.split('.'), ...name.split('.')];
  const special = parts.find((part) => /^__\w+__$/.test(part) && part !== '__main__');
  if (special !== undefined) return `it reaches for the special attribute ${special}`;
  const [first = '', ...rest] = name.split('.');
  if (rest.length === 0) return undefined;
  const methods = rest.filter((part) => !/^_*[A-Z]/.test(part));
  if (methods.length > 0 && (called || methods.length > 1)) {
    return `it reaches through ${first} for an attribute, which dodges a check of names`;
  }
  return /^_*[A-Z]/.test(first) || isMethodOfValue(global)
    ? undefined
    : `it reaches into ${first}, which may be any module`;
}
