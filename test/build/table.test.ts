import { expect, test } from 'vitest';
import type { Night } from '../../src/build/night.js';
import { withSession } from '../../src/build/pool.js';
import { type Table, updateTables } from '../../src/build/table.js';

const NIGHT = {} as Night;

/** Tables whose updates are noted as they begin and end. */
function noted(after: Record<string, readonly string[]>, fails: readonly string[] = []) {
  const said: string[] = [];
  const tables = Object.entries(after).map(
    ([name, after]): Table => ({
      name,
      after,
      update: async () => {
        said.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, name === 'slow' ? 30 : 5));
        if (fails.includes(name)) throw new Error(`${name} fails`);
        said.push(`${name} ends`);
      },
    }),
  );
  return { said, tables };
}

test('a table begins as soon as those before it have ended, whatever else is under way', async () => {
  const { said, tables } = noted({
    slow: [],
    quick: [],
    reader: ['quick'],
    last: ['slow', 'reader'],
  });
  await updateTables(NIGHT, tables);
  expect(said).toEqual([
    'slow begins',
    'quick begins',
    'quick ends',
    'reader begins',
    'reader ends',
    'slow ends',
    'last begins',
    'last ends',
  ]);
});

test('names that are not in the list are passed over', async () => {
  const { said, tables } = noted({ one: ['previous/one'] });
  await updateTables(NIGHT, tables);
  expect(said).toEqual(['one begins', 'one ends']);
});

test('after a failure no table begins, those under way end, and the failure is thrown', async () => {
  const { said, tables } = noted({ slow: [], quick: [], reader: ['quick'], last: ['slow'] }, [
    'quick',
  ]);
  await expect(updateTables(NIGHT, tables)).rejects.toThrow('quick fails');
  expect(said).toEqual(['slow begins', 'quick begins', 'slow ends']);
});

test('a session is for the table that most others wait for', async () => {
  const sessions = ['the only one'];
  const begun: string[] = [];
  const after = { idle: [], short: [], long: [], middle: ['long'], end: ['middle', 'short'] };
  const tables = Object.entries(after).map(([name, after]: [string, string[]]) => ({
    name,
    after,
    update: () =>
      withSession(sessions, async () => {
        begun.push(name);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }),
  }));
  await updateTables(NIGHT, tables);
  expect(begun).toEqual(['idle', 'long', 'short', 'middle', 'end']);
});
