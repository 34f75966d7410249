import { HARMLESS, type KnownGlobals } from './harmless-globals.ts';

/** A class, possibly nested in another: a capital first, possibly behind underscores. */
const CLASS = '_{0,2}[A-Z]\\w*(?:\\._{0,2}[A-Z]\\w*)*';

interface Pattern {
  readonly module: RegExp;
  readonly name: RegExp;
  readonly reason: string;
}

/** The entries as they are looked up. */
class Table {
  /** `module` -> names, for entries that are not patterns: nearly all look-ups end here. */
  readonly #exact = new Map<string, Map<string, string>>();
  readonly #patterns: Pattern[] = [];

  constructor(known: readonly KnownGlobals[]) {
    for (const { reason, entries } of known) {
      for (const entry of entries) {
        const [module = '', ...names] = entry.split(' ');
        for (const name of names) this.#add(module, name, reason);
      }
    }
  }

  #add(module: string, name: string, reason: string): void {
    if (!module.includes('*') && !name.includes('*')) {
      const names = this.#exact.get(module) ?? new Map<string, string>();
      this.#exact.set(module, names.set(name, reason));
      return;
    }
    const modules = module.replaceAll('.', '\\.').replace('\\.**', '(?:\\.\\w+)*');
    const names = name === '*' ? CLASS : name.replaceAll('*', '\\w*');
    const [ofModule, ofName] = [new RegExp(`^${modules}$`), new RegExp(`^${names}$`)];
    this.#patterns.push({ module: ofModule, name: ofName, reason });
  }

  reason(module: string, name: string): string | undefined {
    return (
      this.#exact.get(module)?.get(name) ??
      this.#patterns.find((pattern) => pattern.module.test(module) && pattern.name.test(name))
        ?.reason
    );
  }
}

/** Built for the first pickle: a lint of other files starts sooner without it. */
let table: Table | undefined;

/** Why this global is harmless; undefined where it is not known. */
export function knownReason(module: string, name: string): string | undefined {
  table ??= new Table(HARMLESS);
  return table.reason(module, name);
}
