import * as z from 'zod';
import type { Store } from '../store/store.js';

/** What is derived of a release beside it. Never read as truth. */
const MARKER = 'latest/_mirror.json';

const markerSchema = z.object({
  /** the release that the mirror shows; 0 where none is known */
  release: z.int(),
  /** except these files, while it is being refreshed */
  changing: z.array(z.string()).optional(),
  /** the release that the Delta logs show, and the newest version of each table */
  delta: z.object({ release: z.int(), versions: z.record(z.string(), z.int()) }).optional(),
});
export type Marker = z.infer<typeof markerSchema>;

/** Whether a key is that of the marker, which is no file of the mirror. */
export function isMarker(key: string): boolean {
  return key === MARKER;
}

/** Nothing when it is not there, or torn: then everything is written again. */
export async function readMarker(store: Store): Promise<Marker | undefined> {
  const body = await store.read(MARKER);
  try {
    return markerSchema.parse(JSON.parse(String(body)));
  } catch {
    return undefined;
  }
}

export async function writeMarker(store: Store, marker: Marker): Promise<void> {
  await store.write(MARKER, Buffer.from(`${JSON.stringify(marker)}\n`));
}
