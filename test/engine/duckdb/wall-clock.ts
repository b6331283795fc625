const formats = new Map<string, Intl.DateTimeFormat>();

/** The wall clock of a zone at an instant, as `YYYY-MM-DD HH:MM:SS`, by Intl. */
export function wallClock(instant: Date, zone: string): string {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
      },
    });
    formats.set(zone, format);
  }
  return format.format(instant);
}

const QUARTER = 15 * 60_000;

/**
 * The first instant at which the wall clock shows the local time; of a time it skips, the one by
 * the offset before.
 */
export function instantOf(local: string, zone: string): Date {
  const asUtc = Date.parse(`${local.replace(' ', 'T')}Z`);
  const offsets = Array.from({ length: 27 * 4 + 1 }, (_, i) => 14 * 60 * 60_000 - i * QUARTER);
  for (const offset of offsets) {
    const candidate = new Date(asUtc - offset);
    if (wallClock(candidate, zone) === local) return candidate;
  }
  const dayBefore = new Date(asUtc - 36 * 60 * 60_000);
  const offsetBefore =
    Date.parse(`${wallClock(dayBefore, zone).replace(' ', 'T')}Z`) - dayBefore.getTime();
  return new Date(asUtc - offsetBefore);
}
