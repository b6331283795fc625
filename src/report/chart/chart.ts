import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { ChartSpec } from '../../model/section.js';
import type { Numbers } from '../figure.js';
import { type Drawn, drawing, html, type Markup } from '../markup.js';
import { bars, histogram, scatter } from './by_amount.js';
import { calendar, trend } from './by_date.js';
import type { Canvas, ChartOf } from './canvas.js';
import type { ChartData } from './data.js';
import { lines, stack } from './series.js';

const { document } = parseHTML('<html></html>');

/** Widths to draw for, in pixels: of a desk's screen, and of a phone's. */
const WIDE = 910;
const NARROW = 328;

/**
 * Draws a chart for a desk and for a phone, of which the style of the page shows one; once where
 * both are the same.
 * @param finalThrough dates after it are drawn as provisional; null: none
 */
export function drawings(data: ChartData, numbers: Numbers, finalThrough: string | null): Markup {
  const [wide, narrow] = [WIDE, NARROW].map((width) => {
    const canvas: Canvas = { data, width, numbers, finalThrough, isNarrow: width === NARROW };
    return drawing(plot(canvas));
  }) as [Markup, Markup];
  if (wide.toString() === narrow.toString()) return wide;
  return html`<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div>
`;
}

/** Cohorts are a table of the page. */
type DrawnKind = Exclude<ChartSpec['kind'], 'cohorts'>;

const KINDS: { [K in DrawnKind]: (canvas: Canvas, spec: ChartOf<K>) => Plot.PlotOptions } = {
  trend,
  lines,
  stack,
  calendar,
  bars,
  histogram,
  scatter,
};

function plot(canvas: Canvas): Drawn {
  const { spec } = canvas.data;
  const options = KINDS[spec.kind as DrawnKind](canvas, spec as never);
  return Plot.plot({ document, width: canvas.width, ...options });
}
