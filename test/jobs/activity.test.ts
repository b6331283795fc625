import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Cell, Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

const active = (rows: Cell[][]) =>
  warehouse.fill('daily.user_day', 'event_date user_id activities', rows);

describe('user_activity_lifetime', () => {
  const columns = 'user_id first_activity_date last_activity_date active_weeks';

  test('has a binary digit for each of the last 52 weeks', async () => {
    await active([
      ['A', 1, 1], // a Friday
      ['A-4', 1, 1],
      ['A-5', 1, 1],
      ['A-18', 1, 1],
      ['A-361', 2, 1], // the Monday of the 52nd week
      ['A-362', 3, 1],
      ['A', 4, 0],
    ]);
    expect(await warehouse.run('rolling.user_activity_lifetime', columns)).toEqual([
      `1 | A-18 | A | ${1 + 2 + 4}`,
      `2 | A-361 | A-361 | ${2 ** 51}`,
      '3 | A-362 | A-362 | 0',
    ]);
  });

  test('counts a week once that goes on after the as-of date before, and drops the 53rd', async () => {
    await warehouse.fill(
      'previous.user_activity_lifetime',
      'as_of_date user_id first_activity_date last_activity_date active_weeks',
      [
        ['A-2', 1, 'A-3', 'A-3', 1],
        ['A-2', 2, 'A-9', 'A-9', 2],
      ],
    );
    await active([
      ['A-1', 1, 1],
      ['A-1', 2, 1],
    ]);
    expect(await warehouse.run('rolling.user_activity_lifetime', columns)).toEqual([
      '1 | A-3 | A-1 | 1',
      '2 | A-9 | A-1 | 3',
    ]);
    await warehouse.empty();
    await warehouse.fill(
      'previous.user_activity_lifetime',
      'as_of_date user_id first_activity_date last_activity_date active_weeks',
      [['A-7', 1, 'A-400', 'A-7', 2 ** 51 + 1]],
    );
    await active([['A-5', 1, 1]]); // the Sunday of the week of the as-of date before
    expect(await warehouse.run('rolling.user_activity_lifetime', columns)).toEqual([
      '1 | A-400 | A-5 | 2',
    ]);
  });
});

describe('retention', () => {
  const fill = async (rows: Cell[][]) => {
    await warehouse.fill('rolling.table_lifetime', 'table_name first_date', [
      ['activity_log', 'A-60'],
    ]);
    await warehouse.fill(
      'rolling.user_activity_lifetime',
      'user_id first_activity_date last_activity_date active_weeks',
      rows,
    );
  };
  const columns =
    'basis cohort_week week_number is_complete cohort_users active_users active_percent';
  const retention = async () => {
    await warehouse.build('rolling.user_cohort');
    return warehouse.run('report.retention', columns);
  };

  test('goes by the sign-up where there is one, and counts those who never came', async () => {
    await fill([
      [1, 'A-4', 'A', 1],
      [2, 'A-18', 'A-18', 4],
    ]);
    await warehouse.fill('clean.users', 'user_id created_date', [
      [1, 'A-10'],
      [3, 'A-9'],
      [4, 'A+1'],
      [5, null],
    ]);
    expect(await retention()).toEqual([
      'first_activity | A-18 | 0 | true | 1 | 1 | 100',
      'first_activity | A-18 | 1 | true | 1 | 0 | 0',
      'first_activity | A-18 | 2 | false | 1 | 0 | 0',
      'sign_up | A-11 | 0 | true | 2 | 0 | 0',
      'sign_up | A-11 | 1 | false | 2 | 1 | 50',
    ]);
  });

  test('leaves out users without a sign-up who were seen when the data begin, and tells cohorts of both apart', async () => {
    await fill([
      [1, 'A-60', 'A', 256 + 1],
      [2, 'A-18', 'A-18', 4],
      [3, 'A-11', 'A-11', 2],
    ]);
    await warehouse.fill('clean.users', 'user_id created_date', [[4, 'A-9']]);
    expect(await retention()).toEqual([
      'first_activity | A-18 | 0 | true | 1 | 1 | 100',
      'first_activity | A-18 | 1 | true | 1 | 0 | 0',
      'first_activity | A-18 | 2 | false | 1 | 0 | 0',
      'both | A-11 | 0 | true | 2 | 1 | 50',
      'both | A-11 | 1 | false | 2 | 0 | 0',
    ]);
  });

  test('has the interval of Wilson, which few users make wide', async () => {
    await fill([
      [1, 'A-11', 'A-11', 2],
      [2, 'A-11', 'A', 3],
      [3, 'A-11', 'A', 3],
    ]);
    await warehouse.build('rolling.user_cohort');
    const rows = await warehouse.objects('report.retention');
    expect(rows[1]).toMatchObject({ cohort_users: 3, active_users: 2 });
    // (p + z2/2n -+ sqrt(z2 (p (1 - p)/n + z2/4n2))) / (1 + z2/n), worked out apart from the model
    expect(rows[1]?.low_percent).toBeCloseTo(20.76596008, 5);
    expect(rows[1]?.high_percent).toBeCloseTo(93.85080553, 5);
  });

  test('leaves out the week in which the data begin, whose users may have come before', async () => {
    await fill([[1, 'A-60', 'A-60', 256]]);
    expect(await retention()).toEqual([]);
  });
});
