import { UserError } from '../errors.ts';

/** What a tag asks for, in GTO's words; `counter` orders tags that say the same. */
export type Tag = {
  readonly text: string;
  /** The model's name; undefined for a plain `v1.2.0` in a repository with one model. */
  readonly model: string | undefined;
  readonly counter: number | undefined;
} & (
  | { readonly action: 'register'; readonly version: string }
  | { readonly action: 'deregister'; readonly version: string }
  | { readonly action: 'assign'; readonly environment: string }
  | { readonly action: 'unassign'; readonly environment: string }
  | { readonly action: 'deprecate' }
);

/** Git itself stops at 255 bytes for a part of a ref on common file systems. */
const MAX_LENGTH = 255;

// The grammar of GTO 1.10 (gto/constants.py), group by group.
const name = '[a-zA-Z0-9](?:[a-zA-Z0-9\\-/_]*[a-zA-Z0-9])?';
const identifier = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const semver =
  '(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)' +
  `(?:-${identifier}(?:\\.${identifier})*)?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?`;
const artifact = `(?:[a-zA-Z0-9\\-_./]+=)?${name}`;
const TAG = new RegExp(
  `^(?<artifact>${artifact})` +
    `(?:(?:#(?<environment>${name})|@(?<version>v${semver}))(?<cancel>!?)|@(?<word>deprecated|created))` +
    '(?:#(?<counter>[0-9]+))?$',
);
const PLAIN = new RegExp(`^v${semver}$`);

/** Reads a tag; undefined where it is not in the grammar, and so is nobody's business here. */
export function parseTag(text: string): Tag | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (PLAIN.test(text)) {
    return { text, model: undefined, counter: undefined, action: 'register', version: text };
  }
  const groups = TAG.exec(text)?.groups;
  // `name@created` is in GTO's expression, and GTO itself gives it no meaning.
  if (!groups || groups.word === 'created') return undefined;
  const common = {
    text,
    // GTO writes folder:name, and `=` for the colon, which a ref may not hold.
    model: groups.artifact?.replaceAll('=', ':'),
    counter: groups.counter === undefined ? undefined : Number(groups.counter),
  };
  const cancelled = groups.cancel === '!';
  if (groups.version !== undefined) {
    const action = cancelled ? 'deregister' : 'register';
    return { ...common, action, version: groups.version };
  }
  if (groups.environment !== undefined) {
    const action = cancelled ? 'unassign' : 'assign';
    return { ...common, action, environment: groups.environment };
  }
  return { ...common, action: 'deprecate' };
}

/** What names a registered snapshot: by version, by environment, the latest, or by its digest. */
export type Reference =
  | { readonly by: 'version'; readonly model: string | undefined; readonly version: string }
  | { readonly by: 'environment'; readonly model: string; readonly environment: string }
  | { readonly by: 'latest'; readonly model: string }
  | { readonly by: 'digest'; readonly digest: string };

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const NAME = new RegExp(`^${artifact.replace('=', ':')}$`);

/** @throws UserError for text that names nothing. */
export function parseReference(text: string): Reference {
  if (DIGEST.test(text)) return { by: 'digest', digest: text };
  const latest = text.replace(/@(latest|greatest)$/, '');
  // A digest that is cut short is not the name of a model.
  const named = !text.startsWith('sha256:') && text.length <= MAX_LENGTH;
  if (named && NAME.test(latest) && !PLAIN.test(latest)) {
    return { by: 'latest', model: latest };
  }
  const tag = parseTag(text.replace(':', '='));
  if (tag?.action === 'register') {
    return { by: 'version', model: tag.model, version: tag.version };
  }
  if (tag?.action === 'assign' && tag.model !== undefined) {
    return { by: 'environment', model: tag.model, environment: tag.environment };
  }
  throw new UserError(`'${text}' names no snapshot`, {
    hint: 'Write name@v1.2.0, name#production, name (the latest version) or sha256:<64 digits>.',
  });
}

/**
 * Orders versions by the precedence of Semantic Versioning 2.0.0 (section 11); those that differ
 * in build metadata alone, by their text.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  for (let index = 0; index < 3; index++) {
    const order = compareIdentifiers(left.core[index] ?? '0', right.core[index] ?? '0');
    if (order !== 0) return order;
  }
  return comparePrereleases(left.prerelease, right.prerelease) || Number(a > b) - Number(a < b);
}

function split(version: string) {
  const [text = ''] = version.slice(1).split('+');
  const dash = text.indexOf('-');
  return dash < 0
    ? { core: text.split('.'), prerelease: [] }
    : { core: text.slice(0, dash).split('.'), prerelease: text.slice(dash + 1).split('.') };
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  // A release stands above its prereleases.
  if (a.length === 0 || b.length === 0) return Number(a.length === 0) - Number(b.length === 0);
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compareIdentifiers(a[index] ?? '', b[index] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left !== right) return left ? -1 : 1;
  // Numbers may have more digits than a double holds: without leading zeros, longer is larger.
  if (left && a.length !== b.length) return a.length - b.length;
  return Number(a > b) - Number(a < b);
}
