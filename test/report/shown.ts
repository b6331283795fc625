import type { Row } from '../night/nights.js';

const SECONDS: Record<string, number> = { s: 1, min: 60, h: 3600, d: 86_400 };

/**
 * Whether a text shows an amount, rounded to what it has room for: `1,234.5`, `−13%`, `1 h 05 min`,
 * `7 users`.
 */
export function shows(text: string, amount: number): boolean {
  const plain = text.replaceAll(',', '').replace('−', '-').replace('+', '');
  const duration = /^(-?\d+) (d|h|min|s)(?: (\d\d) (h|min|s))?$/.exec(plain);
  if (duration !== null) {
    const [, large, unit = '', small = '0', least = unit] = duration;
    const seconds =
      Number(large) * (SECONDS[unit] ?? Number.NaN) +
      Number(small) * (SECONDS[least] ?? Number.NaN);
    return Math.abs(seconds - amount) <= (SECONDS[least] ?? 0) / 2;
  }
  const [, number, decimals = ''] = /^(-?\d+(?:\.(\d+))?)(?:%| [a-z]+)?$/.exec(plain) ?? [];
  if (number === undefined) return false;
  const isWhole = decimals === '' && !plain.endsWith('%');
  return isWhole && Number.isInteger(amount)
    ? Number(number) === amount
    : Math.abs(Number(number) - amount) <= 0.5000001 * 10 ** -decimals.length;
}

/** Whether a cell holds a value: the exact one, and as people read it. */
export function holds(cell: HTMLElement, value: Row[string] | undefined): boolean {
  const exact = cell.dataset.v;
  const text = cell.firstChild?.textContent?.trim() ?? '';
  if (value === null) return exact === '' || text === '–';
  if (typeof value === 'boolean') return text === (value ? 'yes' : 'no');
  if (cell.className !== 'n') return text === clip(String(value)) || exact === value;
  return Number(exact ?? text.replace('−', '-')) === value && shows(text, value as number);
}

const clip = (text: string) => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

/** The rows of a table of the page that are none of these, and how many rows it has. */
export function strangers(
  table: Element,
  rows: readonly Row[],
): { rows: number; strangers: string[] } {
  const columns = [...table.querySelectorAll<HTMLElement>('thead th')].map(
    ({ dataset }) => dataset.name,
  );
  const shown = [...table.querySelectorAll('tbody tr')];
  const isKnown = (row: Element) => {
    const cells = [...row.querySelectorAll('td')];
    return rows.some((each) => cells.every((cell, i) => holds(cell, each[columns[i] ?? '?'])));
  };
  return {
    rows: shown.length,
    strangers: shown
      .filter((row) => !isKnown(row))
      .map((row) => (row.textContent ?? '').slice(0, 300)),
  };
}
