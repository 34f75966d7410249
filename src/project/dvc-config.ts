import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';

/** Relative to the workspace. */
const DVC_FOLDER = '.dvc';

/** The second shadows the first; it is not committed. */
const FILES = ['config', 'config.local'] as const;

const LINK_TYPES = ['reflink', 'hardlink', 'symlink', 'copy'] as const;
export type LinkType = (typeof LINK_TYPES)[number];

/** What DVC's configuration says of where the bytes are. */
export interface DvcConfig {
  /** The cache of outputs, absolute. */
  readonly cacheFolder: string;
  /** How outputs are linked to the cache, best first; undefined where it does not say. */
  readonly linkTypes: readonly LinkType[] | undefined;
  /** The default remote, where it is a folder: absolute. */
  readonly remoteFolder: string | undefined;
}

/**
 * Reads `.dvc/config` and `.dvc/config.local`; DVC's defaults where there is none.
 * @throws UserError for a line that is no configuration.
 */
export async function readDvcConfig(workspace: string): Promise<DvcConfig> {
  const values = new Map<string, string>();
  for (const name of FILES) {
    const file = path.posix.join(DVC_FOLDER, name);
    for (const [key, value] of await readValues(workspace, file)) values.set(key, value);
  }
  const folder = path.join(workspace, DVC_FOLDER);
  const url = values.get(`remote "${values.get('core.remote') ?? ''}".url`);
  const types = values.get('cache.type')?.split(',');
  return {
    cacheFolder: resolve(folder, values.get('cache.dir') ?? 'cache'),
    linkTypes: types && LINK_TYPES.filter((type) => types.some((given) => given.trim() === type)),
    remoteFolder: url === undefined || /^\w+:\/\//.test(url) ? undefined : resolve(folder, url),
  };
}

function resolve(folder: string, given: string): string {
  return path.resolve(folder, given.replace(/^~(?=$|[/\\])/, homedir()));
}

/** `section.key` or `section "name".key` -> value, all but values and names in lower case. */
async function readValues(workspace: string, file: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path.join(workspace, file), 'utf8').catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return '';
    throw thrown;
  });
  const values = new Map<string, string>();
  let section = '';
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    // DVC writes ['remote "name"']: ConfigObj quotes what has quotes in it.
    const head = /^\[\s*(['"]?)(.*?)\1\s*\]\s*(?:#.*)?$/.exec(line);
    const entry = /^([\w.-]+)\s*=\s*(.*)$/.exec(line);
    if (head?.[2] !== undefined) section = head[2].replace(/^\w+/, (word) => word.toLowerCase());
    else if (entry?.[1] !== undefined && entry[2] !== undefined) {
      values.set(`${section}.${entry[1].toLowerCase()}`, unquoted(entry[2]));
    } else {
      throw new UserError(`${file} has a line that is no setting`, {
        hint: 'Write it with dvc config.',
        place: { file, line: index + 1 },
      });
    }
  }
  return values;
}

/** ConfigObj: a value may be quoted, and a comment may follow it. */
function unquoted(given: string): string {
  const quoted = /^(["'])(.*?)\1\s*(?:#.*)?$/.exec(given);
  return quoted?.[2] ?? given.replace(/\s+#.*$/, '').trim();
}
