// Makes the program as people run it: node bundle.mjs [folder, dist], which npm ci does. Few files,
// for Node takes longer to find and read hundreds of small ones than a night with nothing new
// takes. npm run build compiles file by file, for what measures or tests single parts.
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'rolldown';
import { compileInto } from './wasm.mjs';

/**
 * Libraries that every command loads, taken in with what they need; all others stay packages of
 * their own.
 */
const BUNDLED = ['commander', 'pino', 'yaml', 'zod'];

const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'));
const external = Object.keys(dependencies).filter((name) => !BUNDLED.includes(name));

/** The licences of what is taken in ask to go with every copy. */
const licences = {
  name: 'licences',
  async generateBundle() {
    const folders = [...this.getModuleIds()].flatMap(
      (id) => /.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [],
    );
    const texts = [...new Set(folders)].sort().map(async (folder) => {
      const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
      if (file === undefined)
        throw new Error(`${folder}: expected a file with its licence, found none`);
      const text = await readFile(`${folder}/${file}`, 'utf8');
      return `${folder.replace(/.*node_modules\//, '')}\n\n${text}`;
    });
    this.emitFile({
      type: 'asset',
      fileName: 'LICENSES.txt',
      source: (await Promise.all(texts)).join('\n\n'),
    });
  },
};

const folder = process.argv[2] ?? 'dist';
await build({
  // the thread is a program of its own
  input: { main: 'src/main.ts', thread: 'src/ingest/plain/thread.ts' },
  platform: 'node',
  external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [licences],
  output: {
    dir: folder,
    cleanDir: true,
    // a folder deep, as the sources are: config/ and jobs/ are found from there
    chunkFileNames: 'lib/[name]-[hash].js',
    sourcemap: true,
  },
});
await compileInto(folder);
// npx makes it executable when it first meets the package, and not after another build
await chmod(join(folder, 'main.js'), 0o755);
