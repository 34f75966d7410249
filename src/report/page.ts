import { html, trusted, type Html } from './html.ts';

export type Tone = 'good' | 'bad' | 'warn';

/** A whole page in one file: no scripts, nothing fetched, light and dark by the reader's setting. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>${title}</title>
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.markup;
}

const STYLE = `
:root {
  color-scheme: light dark;
  --text: #1f2328; --muted: #59636e; --page: #f6f8fa; --card: #ffffff; --line: #d1d9e0;
  --good: #1a7f37; --good-soft: #dafbe1; --bad: #cf222e; --bad-soft: #ffebe9;
  --warn: #9a6700; --warn-soft: #fff8c5; --accent: #0969da; --second: #bc4c00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --muted: #9198a1; --page: #0d1117; --card: #151b23; --line: #3d444d;
    --good: #3fb950; --good-soft: #12261e; --bad: #f85149; --bad-soft: #2d1618;
    --warn: #d29922; --warn-soft: #2a2111; --accent: #4493f8; --second: #f0883e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 6px; }
h2 { font-size: 17px; margin: 0 0 12px; }
p { margin: 0 0 10px; }
code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin-top: 16px; overflow-x: auto; }
.banner { border-left: 8px solid var(--tone); background: var(--tone-soft); }
.banner .label { color: var(--tone); font-weight: 700; text-transform: uppercase;
  letter-spacing: .06em; font-size: 13px; }
.good { --tone: var(--good); --tone-soft: var(--good-soft); }
.bad { --tone: var(--bad); --tone-soft: var(--bad-soft); }
.warn { --tone: var(--warn); --tone-soft: var(--warn-soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px;
  margin-top: 16px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile .value { font-size: 22px; font-weight: 600; }
.tile .change { font-size: 13px; color: var(--muted); }
.tile .change span, .tile .change b { font-weight: 400; white-space: nowrap; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 13px;
  font-weight: 600; color: var(--tone); background: var(--tone-soft); white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--muted); font-size: 13px; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
tr:last-child td { border-bottom: 0; }
.right { text-align: right; }
.up { color: var(--good); } .down { color: var(--bad); }
svg { max-width: 100%; height: auto; color: var(--text); background: none !important; }
.gate { padding: 10px 0; border-bottom: 1px solid var(--line); }
.gate:last-child { border-bottom: 0; padding-bottom: 0; }
.gate-head { display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; }
.charts { display: flex; flex-wrap: wrap; gap: 8px; }
figure { margin: 0; } figcaption { font-weight: 600; color: var(--muted); font-size: 13px; }
.legend { font-size: 13px; color: var(--muted); }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin: 0 4px 0 12px;
  background: var(--tone); vertical-align: -1px; }
`;
