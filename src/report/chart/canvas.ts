import type * as Plot from '@observablehq/plot';
import type { ChartSpec } from '../../model/section.js';
import type { Numbers } from '../figure.js';
import type { Row } from '../report.js';
import { type ChartData, figureOf } from './data.js';

/** What a chart is drawn on, and of what. */
export interface Canvas {
  readonly data: ChartData;
  /** pixels */
  readonly width: number;
  readonly numbers: Numbers;
  /** dates after it are drawn as provisional; null: none */
  readonly finalThrough: string | null;
  readonly isNarrow: boolean;
}

export type ChartOf<K extends ChartSpec['kind']> = Extract<ChartSpec, { kind: K }>;

/** Colours are the page's, so that a chart follows it from light to dark. */
export const ACCENT = 'var(--accent)';
export const SOFT = 'var(--soft)';
export const PALE = 'var(--pale)';
export const WARM = 'var(--warm)';

/**
 * The scale of amounts, upwards; where all of them are 0, that is at its foot.
 * @param largest amount
 */
export function amounts(canvas: Canvas, largest = 1): Plot.ScaleOptions {
  const scale = { label: null, grid: true, tickSize: 0, nice: true, tickFormat: short(canvas) };
  return largest === 0 ? { ...scale, ticks: [0], domain: [0, 1] } : { ...scale, ticks: 4 };
}

/** Numbers beside a scale. */
export function short({ numbers }: Canvas): (value: number) => string {
  return (value) => numbers.short(value);
}

/** On a phone, which has no pointer to hover with, the values are left to the table. */
export function hover(canvas: Canvas, names: readonly string[]): { title?: (row: Row) => string } {
  return canvas.isNarrow ? {} : { title: (row) => titleOf(canvas, row, names) };
}

/** Values of a row as words. */
export function titleOf({ data, numbers }: Canvas, row: Row, names: readonly string[]): string {
  return names.map((name) => figureOf(data, row, name, numbers)).join(' – ');
}
