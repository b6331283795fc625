import { describe, expect, test } from 'vitest';
import { lineOf, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const HEADER = 'ticket_id,user_id,status,created_at,updated_at';
const OLD = '1,7,open,2026-03-01 09:00:00,2026-03-01 09:00:00';
const NEW = '1,7,solved,2026-03-01 09:00:00,2026-03-02 12:00:00';

async function statusAfter(
  exports: Readonly<Record<string, readonly string[]>>,
  settings: object = {},
) {
  const deployment = await deploy(settings);
  for (const [name, lines] of Object.entries(exports))
    await deployment.deliver(
      `support_tickets/support_tickets_${name}.csv`,
      `${lines.join('\n')}\n`,
    );
  const outcome = await deployment.night('2026-03-03');
  const rows = await deployment.rows(
    'clean/support_tickets',
    'ticket_id, status',
    'order by ticket_id',
  );
  return { rows: rows.map(({ status }) => status), line: lineOf(outcome, 'support_tickets') };
}

describe('of the rows of a ticket the one that was updated last counts', () => {
  test.each([
    ['in the later export', { '2026-03-02': [HEADER, OLD], '2026-03-03': [HEADER, NEW] }],
    ['in the earlier export', { '2026-03-02': [HEADER, NEW], '2026-03-03': [HEADER, OLD] }],
  ])('where it is %s', async (_, exports) => {
    const { rows, line } = await statusAfter(exports);
    expect(rows).toEqual(['solved']);
    expect(line).toMatchObject({ staged: 2, duplicates: 1, kept: 1 });
  });

  test.each([
    ['further up', [HEADER, NEW, OLD]],
    ['further down', [HEADER, OLD, NEW]],
    ['between others', [HEADER, OLD, NEW, OLD]],
    ['above one without a time', [HEADER, NEW, '1,7,closed,2026-03-01 09:00:00,']],
  ])('where it is %s in its export', async (_, lines) => {
    const { rows, line } = await statusAfter({ '2026-03-03': lines });
    expect(rows).toEqual(['solved']);
    expect(line).toMatchObject({ repeated: lines.length - 2, staged: 1, kept: 1 });
  });

  test('and of two that were updated at one time the last', async () => {
    const closed = NEW.replace('solved', 'closed');
    expect((await statusAfter({ '2026-03-03': [HEADER, NEW, closed] })).rows).toEqual(['closed']);
    expect(
      (await statusAfter({ '2026-03-02': [HEADER, closed], '2026-03-03': [HEADER, NEW] })).rows,
    ).toEqual(['solved']);
  });

  test('also when it was updated long after its export', async () => {
    const { rows, line } = await statusAfter({
      '2026-03-01': [HEADER, NEW.replace('2026-03-02', '2026-10-02')],
    });
    expect(rows).toEqual(['solved']);
    expect(line).toMatchObject({ quarantined: {} });
  });

  test('by another column, where the configuration names it', async () => {
    const settings = { tables: { support_tickets: { columns: { updated_at: 'changed' } } } };
    const header = HEADER.replace('updated_at', 'changed');
    expect(
      (await statusAfter({ '2026-03-02': [header, NEW], '2026-03-03': [header, OLD] }, settings))
        .rows,
    ).toEqual(['solved']);
  });
});

test('without such a column the row of the latest export counts', async () => {
  const header = 'ticket_id,user_id,status,created_at';
  const exports = {
    '2026-03-02': [header, '1,7,solved,2026-03-01 09:00:00'],
    '2026-03-03': [header, '1,7,open,2026-03-01 09:00:00'],
  };
  expect((await statusAfter(exports)).rows).toEqual(['open']);
});

test('users are told apart in the same way', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    'users/users_2026-03-02.csv',
    'user_id,created_at,updated_at\n7,2026-02-02,2026-03-02\n',
  );
  await deployment.deliver(
    'users/users_2026-03-03.csv',
    'user_id,created_at,updated_at\n7,2026-01-01,2026-03-01\n',
  );
  await deployment.night('2026-03-03');
  expect(await deployment.rows('clean/users', 'created_date')).toEqual([
    { created_date: '2026-02-02' },
  ]);
});
