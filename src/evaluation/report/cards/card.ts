import { html, type Html } from '../../../report/html.ts';

/** A part of the page; nothing where there is nothing to show. */
export function card(title: string, body: Html | undefined): Html | undefined {
  return (
    body &&
    html`<section class="card">
      <h2>${title}</h2>
      ${body}
    </section>`
  );
}

/** A spot of the colour that a model has in all charts. */
export function swatch(tone: string): Html {
  return html`<span class="swatch" style="--tone: var(--${tone})"></span>`;
}
