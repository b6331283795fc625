import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

/** Of microseconds and uses, by sums of whole numbers of any length. */
function pearsonOf(
  users: readonly (readonly [seconds: number, closed: number, uses: number, number])[],
) {
  const n = users.length;
  const centred = (values: readonly number[]) => {
    const middle = roundHalfAway(values.reduce((sum, value) => sum + value, 0) / n);
    return values.map((value) => BigInt(value - middle));
  };
  const x = centred(
    users.map(([seconds, closed]) => roundHalfAway((seconds * 1_000_000) / closed)),
  );
  const y = centred(users.map(([, , uses]) => uses));
  const one = x.map(() => 1n);
  const sum = (a: readonly bigint[], b: readonly bigint[]) =>
    Number(a.reduce((total, value, i) => total + value * (b[i] as bigint), 0n));
  const covariance = sum(x, y) - (sum(x, one) * sum(y, one)) / n;
  const squares = (a: readonly bigint[]) => sum(a, a) - (sum(a, one) * sum(a, one)) / n;
  return Math.max(-1, Math.min(1, covariance / Math.sqrt(squares(x) * squares(y))));
}

const roundHalfAway = (value: number) => Math.sign(value) * Math.round(Math.abs(value));

describe('session_feature_correlation', () => {
  /**
   * Users with the mean session length, feature uses and different features given, in the short
   * window.
   */
  const fill = (users: [seconds: number, closed: number, uses: number, features: number][]) =>
    warehouse.fill(
      'rolling.user_window',
      'window_days user_id session_seconds closed_sessions feature_uses features',
      users.map(([seconds, closed, uses, features], i) => [30, i, seconds, closed, uses, features]),
    );
  const ofUses = async () => {
    const rows = await warehouse.objects('report.session_feature_correlation');
    return rows.find((row) => row.window_days === 30 && row.measure === 'feature_uses') ?? {};
  };

  test('has a row for each window and measure, whether there is anybody or not', async () => {
    expect(
      await warehouse.run('report.session_feature_correlation', 'window_days measure n pearson'),
    ).toEqual([
      '30 | feature_uses | 0 | ',
      '30 | features | 0 | ',
      '60 | feature_uses | 0 | ',
      '60 | features | 0 | ',
      ' | feature_uses | 0 | ',
      ' | features | 0 | ',
    ]);
  });

  test('gives the correlations and their intervals', async () => {
    await fill([
      [100, 1, 1, 0],
      [400, 2, 3, 0],
      [300, 1, 2, 0],
      [800, 2, 4, 0],
      [500, 1, 5, 0],
    ]);
    const row = await ofUses();
    // r = 0.9 of (1,1) (2,3) (3,2) (4,4) (5,5); tanh(atanh(0.9) -+ 1.959963984540054 / sqrt(2))
    expect(row.n).toBe(5);
    for (const kind of ['pearson', 'spearman']) {
      expect(row[kind]).toBeCloseTo(0.9, 12);
      expect(row[`${kind}_low`]).toBeCloseTo(0.08610194, 7);
      expect(row[`${kind}_high`]).toBeCloseTo(0.99343752, 7);
    }
  });

  test('gives equal values their mean rank', async () => {
    await fill([
      [1, 1, 1, 0],
      [2, 1, 1, 0],
      [3, 1, 4, 0],
      [90, 1, 9, 0],
    ]);
    // ranks 1 2 3 4 and 1.5 1.5 3 4: 4.5 / sqrt(5 * 4.5)
    expect((await ofUses()).spearman).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
  });

  test('sums that need more than 64 bits are rounded once', async () => {
    // DuckDB makes other doubles of the decimals themselves
    for (const seed of [3, 22, 39, 52]) {
      await warehouse.reset();
      const users = Array.from({ length: 7 }, (_, i) => {
        const seconds = (seed * 7919 + i * i * 104_729) % 30_000;
        return [seconds, 3 + (i % 5), (i * i + seed) % 11, 0] as [number, number, number, number];
      });
      await fill(users);
      expect((await ofUses()).pearson, `seed ${seed}`).toBe(pearsonOf(users));
    }
  });

  test('is missing below 4 users', async () => {
    await fill([
      [1, 1, 1, 0],
      [2, 1, 2, 0],
      [3, 1, 4, 0],
    ]);
    expect(await ofUses()).toMatchObject({
      n: 3,
      pearson: null,
      pearson_low: null,
      spearman: null,
      spearman_high: null,
    });
  });

  test('is missing where one side does not vary', async () => {
    await fill([
      [1, 3, 1, 2],
      [2, 6, 2, 4],
      [3, 9, 3, 4],
      [4, 12, 4, 4],
    ]);
    expect(await ofUses()).toMatchObject({
      n: 4,
      pearson: null,
      spearman: null,
      spearman_low: null,
    });
  });

  test('a perfect correlation is its own interval', async () => {
    await fill([
      [4, 1, 1, 0],
      [3, 1, 2, 0],
      [2, 1, 3, 0],
      [1, 1, 4, 0],
    ]);
    expect(await ofUses()).toMatchObject({
      pearson: -1,
      pearson_low: -1,
      pearson_high: -1,
      spearman: -1,
      spearman_low: -1,
    });
  });

  test('leaves out users with open sessions only, and counts those without any feature', async () => {
    await warehouse.fill(
      'rolling.user_lifetime',
      'user_id session_seconds closed_sessions feature_uses',
      [
        [1, 10, 1, 9],
        [2, 20, 1, 0],
        [3, 30, 1, 0],
        [4, 20, 1, 0],
        [5, 0, 0, 7],
      ],
    );
    await warehouse.fill('rolling.user_feature_lifetime', 'user_id feature_name uses', [
      [1, 'a', 4],
      [1, 'b', 5],
      [5, 'a', 7],
    ]);
    const rows = await warehouse.objects('report.session_feature_correlation');
    const [uses, features] = rows.filter((row) => row.window_days === null);
    expect(uses).toMatchObject({ measure: 'feature_uses', n: 4 });
    expect(uses?.pearson).toBeCloseTo(-Math.sqrt(2 / 3), 12);
    expect(features?.pearson).toBeCloseTo(-Math.sqrt(2 / 3), 12);
  });

  test('does not depend on the number of threads or the order of rows', async () => {
    const results = [];
    for (const [threads, order] of [[1, 'asc'] as const, [2, 'desc'] as const]) {
      const fresh = await Warehouse.open({ threads, every: 2 });
      // More rows than one row group holds, so that two threads share them.
      await fresh.query(`insert into rolling.user_window by name
        select date '2026-11-20' as as_of_date, 30 as window_days, i as user_id, i * 7919 % 86400 as session_seconds,
          1 + i % 7 as closed_sessions, i * i % 911 as feature_uses, i % 13 as features
        from range(150000) as users (i) order by i ${order}`);
      results.push(await fresh.objects('report.session_feature_correlation'));
    }
    expect(results[0]?.[0]).toMatchObject({ n: 150_000 });
    expect(results[1]).toEqual(results[0]);
  });
});
