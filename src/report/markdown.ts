import { plain } from './text.ts';

/**
 * Makes untrusted text inert inside GitHub Markdown, also inside a table cell: no markup, no HTML,
 * no mention, no link, no line break. An empty comment splits `@name` and `#1`: GitHub looks for
 * those in the rendered text, where an entity would already be the character itself.
 */
export function escapeMarkdown(text: string): string {
  return plain(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
    .replace(/^[-+#]/, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/([@#])(?=[\w-])/g, '$1<!-- -->')
    .replaceAll('://', '&#58;//')
    .replace(/\bwww\./gi, 'www&#46;');
}

/** Untrusted text as inline code: the fence is longer than any run of backticks within. */
export function code(text: string): string {
  // A pipe ends a table cell even within code.
  const inert = plain(text).replaceAll('|', '\\|');
  const longest = Math.max(0, ...Array.from(inert.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = inert.startsWith('`') || inert.endsWith('`') || inert === '' ? ' ' : '';
  return `${fence}${pad}${inert}${pad}${fence}`;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A table whose cells are already Markdown (escaped by whoever knows where they come from). */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

/** A part that the reader opens; `title` and `body` are already Markdown. */
export function details(title: string, body: string): string {
  return `<details>\n<summary>${title}</summary>\n\n${body}\n\n</details>`;
}
