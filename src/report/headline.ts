import { ABSENT, type Numbers, weekday } from './figure.js';
import { grid } from './grid.js';
import { html, type Markup } from './markup.js';
import { type Tile, tilesOf, tileText } from './metrics.js';
import {
  isProvisional,
  type Report,
  type ReportColumn,
  type ReportTable,
  type Row,
} from './report.js';

/**
 * The first screen's numbers, each with its course, and all of them day by day for those who want
 * to look them up.
 */
export function headline(report: Report, numbers: Numbers): Markup | string {
  const table = report.tables.find(({ name }) => name === 'headline');
  const tiles = tilesOf(report.asOf, table?.rows ?? [], report.look.cards);
  if (tiles.length === 0 || table === undefined) return '';
  return html`<section class="headline" aria-label="Headline numbers">
<ul class="tiles">
${tiles.map((tile) => drawTile(tile, weekday(report.asOf), numbers))}</ul>
<details><summary>These numbers day by day${isProvisional(report, report.asOf) ? ', the latest of them provisional' : ''}</summary>
${byDay(table, tiles, report, numbers)}</details>
</section>`;
}

function drawTile(tile: Tile, day: string, numbers: Numbers): Markup {
  const { today, unit, label, metric } = tile;
  const text = tileText(today.value, unit, numbers);
  return html`<li class="tile"><h2>${label}</h2>
<p class="number"><data value="${String(today.value)}" data-metric="${metric}">${text}</data>${sparkline(tile)}</p>
${weekChange(tile, day, numbers)}
${levelChange(tile, numbers)}
</li>
`;
}

/** The day against the same weekday a week before. */
function weekChange({ today, unit }: Tile, day: string, numbers: Numbers): Markup {
  if (today.value === null)
    return html`<p class="change"><span>${today.week_before === null ? '' : `${tileText(today.week_before, unit, numbers)} on the ${day} before`}</span></p>`;
  if (today.week_before === null)
    return html`<p class="change"><span>no ${day} before to compare with</span></p>`;
  return html`<p class="change">${change(today.week_change_percent, numbers)} <span>against ${tileText(today.week_before, unit, numbers)} on the ${day} before</span></p>`;
}

/** The mean of some whole weeks against that of the weeks before, or since when there are data. */
function levelChange({ today, unit }: Tile, numbers: Numbers): Markup {
  const level = tileText(today.level, unit, numbers);
  if (today.level === null)
    return html`<p class="change"><span>no mean of the last ${String(today.level_days)} days</span></p>`;
  if (today.previous_level === null) {
    return html`<p class="change"><span>${level} on average; data since <span class="date">${String(today.data_begin_date)}</span></span></p>`;
  }
  return html`<p class="change">${change(today.level_change_percent, numbers)} <span>mean of ${String(today.level_days)} days, ${level} against ${tileText(today.previous_level, unit, numbers)}</span></p>`;
}

function change(percent: unknown, numbers: Numbers): Markup {
  if (typeof percent !== 'number')
    return html`<strong><span class="hidden">no change known</span>${ABSENT}</strong>`;
  const sign = percent > 0 ? '▲' : percent < 0 ? '▼' : '=';
  return html`<strong><span aria-hidden="true">${sign}</span> ${numbers.percent(percent, 'exceptZero')}</strong>`;
}

/** The course of a number as a line; dates without one leave a gap. */
function sparkline({ days }: Tile): Markup {
  const values = days.map(({ value }) => (typeof value === 'number' ? value : undefined));
  const known = values.filter((value) => value !== undefined);
  const most = Math.max(...known, 0) || 1;
  const x = (i: number) => round(2 + (i * 96) / Math.max(1, values.length - 1));
  const y = (value: number) => round(26 - (24 * value) / most);
  let path = '';
  for (const [i, value] of values.entries()) {
    if (value !== undefined)
      path += `${i > 0 && values[i - 1] !== undefined ? 'L' : 'M'}${x(i)} ${y(value)}`;
  }
  const last = values.at(-1);
  return html`<svg class="spark" viewBox="0 0 100 28" aria-hidden="true" preserveAspectRatio="none"><path d="${path}"/>${
    last === undefined
      ? ''
      : html`<path class="end" d="${`M${x(values.length - 1)} ${y(last)}l0 0`}"/>`
  }</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function byDay(
  table: ReportTable,
  tiles: readonly Tile[],
  report: Report,
  numbers: Numbers,
): Markup {
  const date = table.columns.find(({ name }) => name === 'event_date') as ReportColumn;
  const columns: ReportColumn[] = [
    date,
    ...tiles.map(({ metric, unit, label }): ReportColumn => {
      const name = unit === 'seconds' ? metric : label.toLowerCase().replaceAll(' ', '_');
      return { name, type: unit === 'seconds' ? 'double' : 'integer', unit, description: label };
    }),
  ];
  const begin = tiles.map(({ today }) => String(today.data_begin_date)).sort()[0] ?? '';
  const all = (tiles[0]?.days ?? []).map((row) => row.event_date).reverse();
  const dates = all.filter((date) => String(date) >= begin);
  const rows = dates.map((event_date): Row => {
    const values = tiles.map(({ days }, i) => [
      columns[i + 1]?.name,
      days.find((row) => row.event_date === event_date)?.value ?? null,
    ]);
    return { event_date: event_date ?? null, ...Object.fromEntries(values) };
  });
  return grid({ label: 'Headline numbers day by day', columns, rows }, report, numbers);
}
