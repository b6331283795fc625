import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

describe('top_features', () => {
  const columns =
    'window_days rank feature_name uses users previous_uses previous_users previous_rank';
  const fill = async (begin = 'A-59') => {
    await warehouse.fill('rolling.table_lifetime', 'table_name first_date', [
      ['feature_usage', begin],
    ]);
    await warehouse.fill('rolling.feature_window', 'window_days feature_name uses users', [
      [30, 'a', 9, 3],
      [30, 'b', 7, 2],
      [30, 'c', 7, 1],
      [30, 'd', 7, 1],
      [30, 'e', 6, 1],
      [60, 'e', 99, 9],
    ]);
  };

  test('lists ties, with places in the window before', async () => {
    await fill();
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A-29', 1, 'a', 50],
      ['A-30', 1, 'a', 1],
      ['A-59', 2, 'a', 1],
      ['A-59', 2, 'a2', 3],
      ['A-59', 1, 'b', 2],
      ['A-60', 1, 'c', 50],
      ['A-40', 1, 'unknown', 99],
    ]);
    expect(await warehouse.run('report.top_features', columns)).toEqual([
      '30 | 1 | a | 9 | 3 | 2 | 2 | 2',
      '30 | 2 | b | 7 | 2 | 2 | 1 | 2',
      '30 | 2 | c | 7 | 1 | 0 | 0 | ',
      '30 | 2 | d | 7 | 1 | 0 | 0 | ',
    ]);
  });

  test('knows nothing of a window before that the data do not cover', async () => {
    await warehouse.reset({ top_features: 1 });
    await fill('A-58');
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A-58', 1, 'a', 50],
    ]);
    expect(await warehouse.run('report.top_features', `${columns} data_begin_date`)).toEqual([
      '30 | 1 | a | 9 | 3 |  |  |  | A-58',
    ]);
  });

  test('looks a whole window back even when the long window is shorter than two short ones', async () => {
    await warehouse.reset(
      { short_window_days: 30, long_window_days: 40, top_features: 1 },
      [30, 40],
    );
    await fill();
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A-59', 1, 'a', 4],
    ]);
    expect(await warehouse.run('report.top_features', 'feature_name previous_uses')).toEqual([
      'a | 4',
    ]);
  });

  test('has the lifetime too', async () => {
    await warehouse.fill('rolling.feature_lifetime', 'feature_name uses users', [
      ['a', 1, 1],
      ['b', 5, 2],
    ]);
    expect(await warehouse.run('report.top_features', columns)).toEqual([
      ' | 1 | b | 5 | 2 |  |  | ',
      ' | 2 | a | 1 | 1 |  |  | ',
    ]);
  });

  test('segment_invest_features adds the ones that grow most', async () => {
    await warehouse.reset({ top_features: 1 });
    await fill();
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A-30', 1, 'a', 9],
      ['A-30', 1, 'b', 8],
      ['A-30', 1, 'c', 6],
      ['A-30', 1, 'd', 6],
      ['A-30', 1, 'e', 1],
    ]);
    expect(
      await warehouse.run(
        'report.segment_invest_features',
        'feature_name growth_rank is_growing reason',
      ),
    ).toEqual([
      'a |  | false | number 1 with 9 uses by 3 users in 30 days; not growing, 9 in the 30 days before',
      'e | 1 | true | number 5 with 6 uses by 1 user in 30 days; growing, 1 in the 30 days before',
    ]);
  });

  test('segment_invest_features does not call growth what it cannot know', async () => {
    await warehouse.reset({ top_features: 1 });
    await fill('A-58');
    expect(
      await warehouse.run(
        'report.segment_invest_features',
        'feature_name uses_change is_growing reason',
      ),
    ).toEqual([
      'a |  |  | number 1 with 9 uses by 3 users in 30 days; nothing known of the 30 days before',
    ]);
  });
});

test('wide_adopters use more than 3 features, in the short window or ever', async () => {
  await warehouse.fill('rolling.user_window', 'window_days user_id features feature_uses', [
    [30, 1, 4, 9],
    [30, 2, 3, 9],
    [60, 3, 9, 9],
  ]);
  await warehouse.fill(
    'rolling.user_feature_lifetime',
    'user_id feature_name uses',
    [2, 4].flatMap((user) =>
      ['a', 'b', 'c', user === 2 ? 'd' : 'unknown'].map((feature) => [user, feature, 2]),
    ),
  );
  expect(
    await warehouse.run('report.wide_adopters', 'window_days user_id features feature_uses'),
  ).toEqual(['30 | 1 | 4 | 9', ' | 2 | 4 | 8']);
});
