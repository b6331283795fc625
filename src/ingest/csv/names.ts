/**
 * Where a column is in a header: under the first of its names that is there, else under the one
 * name that differs from one of them by its case alone, else by what else of spelling says nothing.
 * @returns its position from 0; undefined when it is not there, or two names are equally near
 */
export function placeOf(header: readonly string[], from: readonly string[]): number | undefined {
  const exact = from.map((name) => header.indexOf(name)).find((at) => at >= 0);
  if (exact !== undefined) return exact;
  for (const form of [(name: string) => name.toLowerCase(), withoutSpelling]) {
    const wanted = new Set(from.map(form));
    const alike = header.flatMap((name, at) => (wanted.has(form(name)) ? [at] : []));
    if (alike.length > 0) return alike.length === 1 ? alike[0] : undefined;
  }
  return undefined;
}

/** The name alone, so that usageCount, Usage-Count and usage_count are one. */
function withoutSpelling(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '') || name;
}

/** The names of a header that are one of these, or differ from one of them by spelling alone. */
export function spellingsOf(header: readonly string[], from: readonly string[]): string[] {
  const wanted = new Set(from.map(withoutSpelling));
  return header.filter((name) => wanted.has(withoutSpelling(name)));
}

/** Whether SQL has a name in it as a whole word; one in a comment counts. */
export function mentions(sql: string, name: string): boolean {
  if (name === '') return false;
  const [text, word] = [sql.toLowerCase(), name.toLowerCase()];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const isWhole = ![text[at - 1], text[at + word.length]].some((beside) =>
      /\w/.test(beside ?? ''),
    );
    if (isWhole) return true;
  }
  return false;
}
