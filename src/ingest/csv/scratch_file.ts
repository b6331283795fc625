import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, StoreError } from '../../errors.js';

/**
 * A file in the scratch folder, written from its start. Writes are synchronous: they go to the
 * local disk's cache.
 */
export class ScratchFile {
  readonly path: string;
  /** Bytes written so far. */
  written = 0;
  readonly #file: number;
  #closed = false;

  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, 'w');
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; )
        at += writeSync(this.#file, bytes, at, bytes.length - at);
    } catch (cause) {
      throw this.#unwritable(cause);
    }
    this.written += bytes.length;
  }

  /** A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }

  #unwritable(cause: unknown): StoreError {
    return new StoreError(
      `cannot write ${this.path}: ${messageOf(cause)}. ` +
        'Check the free space of the scratch folder and that the user who runs this may ' +
        'write to it.',
      { cause },
    );
  }
}
