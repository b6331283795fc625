import { LINE_FEED } from '../csv/dialect.js';
import { ScratchFile } from '../csv/scratch_file.js';
import { chunksOf } from '../export_file.js';
import type { Limits } from '../limits.js';
import type { InvalidBytes, Text } from './decode.js';

/** The text of an export, and where in it the files of an archive begin. */
export interface Joined extends Text {
  /** Offsets in ascending order; one for an export that is no archive. */
  readonly members: readonly number[];
}

/**
 * One text of the files of an archive, one after the other, each ending its last line. A single one
 * stays as it is.
 */
export async function join(
  texts: readonly Text[],
  name: string,
  target: string,
  limits: Limits,
): Promise<Joined> {
  const [only] = texts as [Text];
  if (texts.length === 1) return { ...only, members: [only.start] };
  const out = new ScratchFile(target);
  const members: number[] = [];
  const invalid: InvalidBytes[] = [];
  try {
    for (const text of texts) {
      const start = out.written;
      const shift = out.written - text.start;
      for (const { mark, ...rest } of text.invalid) invalid.push({ mark: mark + shift, ...rest });
      let last = LINE_FEED;
      for await (const chunk of chunksOf(text.path, text.name, text.start, limits)) {
        out.write(chunk);
        last = chunk.at(-1) as number;
      }
      if (out.written > start) members.push(start);
      if (last !== LINE_FEED) out.write(Uint8Array.of(LINE_FEED));
    }
  } finally {
    out.close();
  }
  const encoding = [...new Set(texts.map((text) => text.encoding))].join(', ');
  return { path: target, name, start: 0, encoding, invalid, members };
}
