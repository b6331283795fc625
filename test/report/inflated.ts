import { inflateRawSync } from 'node:zlib';

/** What the data blocks of a page hold. */
export function dataIn(page: string): unknown[][] {
  const blocks = page.matchAll(/<script type="application\/octet-stream">(.*?)<\/script>/g);
  return [...blocks].map(
    ([, text = '']) => JSON.parse(String(inflateRawSync(Buffer.from(text, 'base64')))) as unknown[],
  );
}
