// Compiles the parts of the program that are WebAssembly: node wasm.mjs FOLDER, where they are put.
// The tests load those beside the sources. One is compiled only where a source of it is newer.
import { copyFile, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const SOURCES = { plain: 'src/ingest/plain/wasm', scan: 'src/ingest/csv/wasm' };
const made = (name) => `src/ingest/${name}.wasm`;

async function changedAt(path) {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

async function compile(name, folder) {
  const sources = (await readdir(folder)).map((file) => join(folder, file));
  const changed = await Promise.all([...sources, 'wasm.mjs', 'package-lock.json'].map(changedAt));
  if ((await changedAt(made(name))) > Math.max(...changed)) return;
  const own = `${made(name)}.${process.pid}.wasm`; // others may compile it at the same time
  const { error, stderr } = await main([
    ...[join(folder, 'index.ts'), '--outFile', own],
    ...['--runtime', 'stub', '--enable', 'simd', '-O3', '--converge', '--noAssert'],
  ]);
  if (error !== null) throw new Error(`cannot compile ${folder}: ${stderr}`, { cause: error });
  await rename(own, made(name));
}

/** Compiles them for the sources. */
export async function setup() {
  for (const [name, folder] of Object.entries(SOURCES)) await compile(name, folder);
}

/** Compiles them for a folder with a program. */
export async function compileInto(folder) {
  await setup();
  for (const name of Object.keys(SOURCES)) await copyFile(made(name), join(folder, `${name}.wasm`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compileInto(process.argv[2]);
