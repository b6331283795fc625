import { describe, expect, test } from 'vitest';
import { splitOrder, toSpark } from '../../../src/engine/spark/dialect.js';

describe('common SQL for Spark', () => {
  test.each([
    [
      'a relation is a view without a schema, under its own name',
      'select users.id from clean.users',
      'select users.id from clean__users as users',
    ],
    [
      'an alias stays',
      'select u.id from clean.users as u join daily.day as d on true',
      'select u.id from clean__users as u join daily__day as d on true',
    ],
    [
      'a backslash in a literal is itself',
      `select re_test(s, '\\d+\\z') from daily.day`,
      `select re_test(s, '\\\\d+\\\\z') from daily__day as day`,
    ],
    [
      'a quote in a literal stays doubled',
      `select 'it''s from clean.users'`,
      `select 'it''s from clean.users'`,
    ],
    [
      'names of columns are not relations',
      'select daily.users from rolling.a as daily',
      'select daily.users from rolling__a as daily',
    ],
    [
      'comments are left out',
      'select 1 -- from clean.users\nfrom clean.users /* '.concat("'", ' */ as u'),
      'select 1  \nfrom clean__users   as u',
    ],
    ['capitals do not matter', 'SELECT 1 FROM Clean.users', 'SELECT 1 FROM clean__users as users'],
  ])('%s', (_, sql, expected) => {
    expect(toSpark(sql)).toBe(expected);
  });
});

describe('the order of a SELECT apart from it', () => {
  test.each([
    [
      'the last ORDER BY',
      'select a from t order by a desc nulls last, b',
      'select a from t',
      'a desc nulls last, b',
    ],
    [
      'not that of a window or a subquery',
      'select sum(a) over (order by b) from (select * from t order by a)',
      undefined,
      undefined,
    ],
    ['not one that a LIMIT needs', 'select a from t order by a limit 3', undefined, undefined],
    [
      'the one of a whole UNION',
      'select a from t union all select b from u ORDER BY a',
      'select a from t union all select b from u',
      'a',
    ],
    [
      'after a window with one',
      'select sum(a) over (order by b) as s from t order by s',
      'select sum(a) over (order by b) as s from t',
      's',
    ],
    ['not a word in a literal', `select 'order by' from t`, undefined, undefined],
  ])('%s', (_, sql, body, order) => {
    expect(splitOrder(sql)).toEqual({ body: body ?? sql, order });
  });
});
