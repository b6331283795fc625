/**
 * The end of a message about a name that is not known: which of the known ones was probably meant;
 * empty when none is near.
 */
export function didYouMean(found: string, known: Iterable<string>): string {
  let nearest: string | undefined;
  // a third of the letters may be wrong, and of short names one
  let least = Math.max(1, Math.floor(found.length / 3)) + 1;
  for (const name of known) {
    const distance = distanceOf(found.toLowerCase(), name.toLowerCase());
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest === undefined ? '' : `: did you mean ${nearest}?`;
}

/**
 * How many letters must be added, removed, replaced or swapped with the next (optimal string
 * alignment).
 */
function distanceOf(one: string, other: string): number {
  let [before, last]: [number[], number[]] = [
    [],
    Array.from({ length: other.length + 1 }, (_, i) => i),
  ];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let steps = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      );
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwap) steps = Math.min(steps, (before[j - 2] ?? 0) + 1);
      row.push(steps);
    }
    [before, last] = [last, row];
  }
  return last[other.length] ?? 0;
}
