import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

describe.each([
  // A is Friday, 20 November: its week begins at A-4, its month at A-19
  ['week', 'weekly', 'A-4', 'A-5', 'A-11'],
  ['month', 'monthly', 'A-19', 'A-20', 'A-50'],
])('the %s table', (period, layer, begin, before, startBefore) => {
  test('adds up what users did, and counts each of them once', async () => {
    await warehouse.fill(
      'daily.user_day',
      'event_date user_id activities sessions closed_sessions session_seconds feature_uses tickets_created tickets_resolved',
      [
        [begin, 1, 2, 1, 1, 60, 0, 1, 0],
        ['A', 1, 3, 1, 0, 0, 5, 0, 1],
        ['A', 2, 0, 1, 1, 30, 0, 0, 0],
        [before, 1, 7, 0, 0, 0, 0, 0, 0],
      ],
    );
    await warehouse.build('daily.day');
    const columns = `${period}_date days activities active_users sessions closed_sessions session_seconds session_users feature_uses feature_users tickets_created tickets_resolved`;
    expect(await warehouse.run(`${layer}.${period}`, columns)).toEqual([
      `${startBefore} | 1 | 7 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0`,
      `${begin} | 2 | 5 | 1 | 3 | 2 | 90 | 2 | 5 | 1 | 1 | 1`,
    ]);
  });

  test('has the uses and users of each feature with a name', async () => {
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      [begin, 1, 'a', 2],
      ['A', 1, 'a', 1],
      ['A', 2, 'a', 1],
      ['A', 2, 'unknown', 9],
      [before, 3, 'b', 4],
    ]);
    expect(
      await warehouse.run(`${layer}.feature_${period}`, `${period}_date feature_name uses users`),
    ).toEqual([`${startBefore} | b | 4 | 1`, `${begin} | a | 4 | 2`]);
  });
});
