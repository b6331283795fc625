import * as fs from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('../', import.meta.url);
/** Names in braces, and the module in build/ that they are from. */
const IMPORT = /import \{([^}]*)\} from '(?:\.\.\/)+build\/([^']*)\.js'/g;

/** Each name that a program takes from the build, with its module. */
function takenBy(file: string): [name: string, module: string][] {
  const text = fs.readFileSync(new URL(file, ROOT), 'utf8');
  return [...text.matchAll(IMPORT)].flatMap(([, names = '', module = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name): [string, string] => [name.split(' as ')[0] as string, module]),
  );
}

const programs = ['bench', 'test']
  .flatMap((folder) =>
    fs
      .readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name}`),
  )
  .filter((file) => file.endsWith('.mjs') && takenBy(file).length > 0);

test.each(programs)('%s takes from the build only what is there', async (file) => {
  for (const [name, module] of takenBy(file)) {
    const found = (await import(new URL(`src/${module}.ts`, ROOT).href)) as object;
    expect(Object.keys(found), `${module} has no ${name}`).toContain(name);
  }
});

test('there are such programs', () => {
  expect(programs.length).toBeGreaterThan(5);
});
