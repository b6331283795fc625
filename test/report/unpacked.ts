import { UNPACK } from '../../src/report/unpack.js';

/** The function of the script that reads packed texts. */
export const unpack = new Function('packed', `${UNPACK}return unpack(packed);`) as (packed: string) => string;

/** What the data blocks of a page hold, without those that have an id. */
export function dataIn(page: string): unknown[][] {
  const blocks = page.matchAll(/<script type="application\/json">(.*?)<\/script>/g);
  return [...blocks].map(([, json = '']) => JSON.parse(unpack(JSON.parse(json) as string)) as unknown[]);
}
