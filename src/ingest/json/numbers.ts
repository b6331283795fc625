/** Where a number of a record is. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Digits that are written out for the exponent of a number. */
const MOST_DIGITS = 40;

/**
 * Whether the engine, which reads a number with decimals or an exponent as a double, would write it
 * with other digits.
 * @param text a JSON number
 */
export function losesDigits(text: string): boolean {
  const shortest = String(Number(text));
  return text !== (shortest.includes('.') ? shortest : `${shortest}.0`);
}

/**
 * The bytes of a record with these numbers as strings, in ascending order, so that they keep every
 * digit.
 */
export function withNumbersAsText(
  bytes: Uint8Array,
  { start, end }: Place,
  numbers: readonly Place[],
): Uint8Array {
  const pieces: Uint8Array[] = [];
  let from = start;
  for (const number of numbers) {
    const text = Buffer.from(bytes.subarray(number.start, number.end)).toString('latin1');
    pieces.push(bytes.subarray(from, number.start), Buffer.from(`"${withoutExponent(text)}"`));
    from = number.end;
  }
  return Buffer.concat([...pieces, bytes.subarray(from, end)]);
}

/**
 * The same number written out, as 1.5e3 is 1500; one that would become very long stays as it is.
 */
function withoutExponent(text: string): string {
  const [, sign = '', whole = '', decimals = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (exponent === undefined || Math.abs(Number(exponent)) > MOST_DIGITS) return text;
  const digits = whole + decimals;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const before = digits
    .slice(0, point)
    .padEnd(point, '0')
    .replace(/^0+(?=\d)/, '');
  return point < digits.length ? `${sign}${before}.${digits.slice(point)}` : sign + before;
}
