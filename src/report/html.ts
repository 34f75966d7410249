/** A piece of HTML that is known to be safe; only `html` and `trusted` make one. */
export interface Html {
  readonly markup: string;
}

/** For markup that this program made itself, such as a chart. */
export function trusted(markup: string): Html {
  return { markup };
}

type Value = Html | string | number | undefined | readonly Value[];

/** A template whose values are escaped unless they are HTML themselves; arrays are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return trusted(String.raw({ raw: parts }, ...values.map(render)));
}

function render(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return 'markup' in value ? value.markup : value.map(render).join('');
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
