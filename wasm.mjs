// Compiles the part of the program that is WebAssembly: node wasm.mjs FOLDER, where it is put. The
// tests load the one beside the sources. It is compiled only where a source is newer.
import { copyFile, readdir, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const SOURCES = 'src/ingest/plain/wasm';
const MADE = 'src/ingest/plain/plain.wasm';

async function changedAt(path) {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

/** Compiles it, for the sources. */
export async function setup() {
  const sources = (await readdir(SOURCES)).map((name) => join(SOURCES, name));
  const changed = await Promise.all([...sources, 'wasm.mjs', 'package-lock.json'].map(changedAt));
  if ((await changedAt(MADE)) > Math.max(...changed)) return;
  const own = `${MADE}.${process.pid}.wasm`; // others may compile it at the same time
  const { error, stderr } = await main([
    ...[join(SOURCES, 'index.ts'), '--outFile', own],
    ...['--runtime', 'stub', '--enable', 'simd', '-O3', '--converge', '--noAssert'],
  ]);
  if (error !== null) throw new Error(`cannot compile ${SOURCES}: ${stderr}`, { cause: error });
  await rename(own, MADE);
}

/** Compiles it, for a folder with a program. */
export async function compileInto(folder) {
  await setup();
  await copyFile(MADE, join(folder, basename(MADE)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compileInto(process.argv[2]);
