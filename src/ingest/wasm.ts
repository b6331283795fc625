import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** As much of it as is used here: Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** The memory of a module; it is another one when it has grown. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}

type Call = (first: number, second: number) => unknown;

/** Loads a module. @param imports functions, by the file that declares them and by name */
export function loadWasm<Exports>(
  name: string,
  imports: Readonly<Record<string, Readonly<Record<string, Call>>>>,
): Exports {
  // beside this file, or in the folder above where the program is bundled
  const file = [`./${name}.wasm`, `../${name}.wasm`]
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find(existsSync);
  if (file === undefined)
    throw new Error(
      `expected ${name}.wasm beside ${import.meta.url} or in the folder above, found none: ` +
        'build the program again',
    );
  const module = new WebAssembly.Module(readFileSync(file));
  return new WebAssembly.Instance(module, imports).exports as Exports;
}
