import type { Night } from '../../../build/night.js';

/**
 * What there is to say of a date whose delivery is not marked as complete: neither its marker is
 * there nor that of a later date, for markers may expire as exports do.
 */
export function unmarkedNote(
  { config, listed }: Pick<Night, 'config' | 'listed'>,
  date: string,
): string | undefined {
  const { marker } = config.wait_for;
  if (marker === null || listed.get(marker)?.some((found) => found.date >= date)) return undefined;
  return (
    `The delivery of ${date} is not marked as complete: there is no ` +
    `${marker.replace('{date}', date)}.`
  );
}
