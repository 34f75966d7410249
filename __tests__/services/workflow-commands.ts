/** A workflow command that the runner found in a line of a step's output. */
export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** What the runner registers; other names are plain text to it. */
const REGISTERED = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/**
 * Finds the command in a line by the rules of the runner's ActionCommand.cs: `::name key=value::data`
 * after any white space of .NET, or the older `##[name key=value]data` ANYWHERE in the line.
 */
export function parseCommand(line: string): Command | undefined {
  const [, head, data = ''] = /^[\s\u0085]*::(.*?)::(.*)$/s.exec(line) ?? [];
  if (head !== undefined) {
    const found = command(head, data, ',');
    if (found) return found;
  }
  const [, oldHead, oldData = ''] = /##\[([^\]]*)\](.*)$/s.exec(line) ?? [];
  return oldHead === undefined ? undefined : command(oldHead, oldData, ';');
}

function command(head: string, data: string, separator: string): Command | undefined {
  const [name = '', ...rest] = head.split(' ');
  if (!REGISTERED.has(name.toLowerCase())) return undefined;
  const pairs = rest
    .join(' ')
    .split(separator)
    .filter((pair) => pair.includes('='))
    .map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decode(pair.slice(at + 1))];
    });
  return { name, properties: Object.fromEntries(pairs), data: decode(data) };
}

function decode(text: string): string {
  const characters: Readonly<Record<string, string>> = {
    '%0D': '\r',
    '%0A': '\n',
    '%3A': ':',
    '%2C': ',',
    '%3B': ';',
    '%5D': ']',
    '%25': '%',
  };
  return text.replace(/%(?:0D|0A|3A|2C|3B|5D|25)/g, (found) => characters[found] ?? found);
}

/** Reads `name=value` lines and `name<<DELIMITER` blocks, as GITHUB_OUTPUT and GITHUB_STATE hold. */
export function parseFileCommand(content: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = content.split(/\r?\n/);
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (line === '') continue;
    const [, block, delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    if (block !== undefined && delimiter !== undefined) {
      const end = lines.indexOf(delimiter);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      values[block] = lines
        .splice(0, end + 1)
        .slice(0, end)
        .join('\n');
      continue;
    }
    const at = line.indexOf('=');
    if (at < 1) throw new Error(`Invalid format '${line}'`);
    values[line.slice(0, at)] = line.slice(at + 1);
  }
  return values;
}
