import type * as Plot from '@observablehq/plot';
import { trusted, type Html } from './html.ts';

export type PlotLibrary = typeof Plot;
export type ChartOptions = Plot.PlotOptions & { readonly ariaLabel: string };

/** Draws a chart as SVG that carries its own style; `build` describes it. */
export type Draw = (build: (plot: PlotLibrary) => ChartOptions) => Html;

/** What is needed of the DOM, which the compiler does not know here. */
interface Drawn {
  setAttribute(name: string, value: string): void;
  readonly outerHTML: string;
}

/** Loads the libraries, which are heavy, for as many charts as a report has. */
export async function charts(): Promise<Draw> {
  const [plot, { parseHTML }] = await Promise.all([
    import('@observablehq/plot'),
    import('linkedom'),
  ]);
  const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
    document: never;
  };
  return (build) => {
    const { ariaLabel, ...options } = build(plot);
    const drawn = plot.plot({ ...options, document }) as unknown as Drawn;
    drawn.setAttribute('role', 'img');
    drawn.setAttribute('aria-label', ariaLabel);
    return trusted(drawn.outerHTML);
  };
}
