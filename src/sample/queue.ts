/** Rows on their way to an export: each waits for the day whose export it is in. */
export class ExportQueue {
  readonly #days = new Map<number, { at: number; line: string }[]>();

  /** Puts a row into the export of a day; an export is in the order of `at`. */
  place(day: number, at: number, line: string): void {
    const rows = this.#days.get(day);
    if (rows === undefined) this.#days.set(day, [{ at, line }]);
    else rows.push({ at, line });
  }

  /** The rows of the export of a day, in order; they are gone from the queue afterwards. */
  take(day: number): string[] {
    const rows = this.#days.get(day) ?? [];
    this.#days.delete(day);
    return rows.sort((one, other) => one.at - other.at).map((row) => row.line);
  }
}

/** One CSV record, without its end of line; fields are quoted where RFC 4180 asks for it. */
export function csvLine(fields: readonly (string | number)[]): string {
  return fields
    .map((field) => {
      const text = String(field);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}
