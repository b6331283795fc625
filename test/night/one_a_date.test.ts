import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { lineOf, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const users = (...ids: number[]) =>
  `user_id,created_at\n${ids.map((id) => `${id},2026-02-01\n`).join('')}`;
const twins = async (delivery: string, second: string) => {
  const deployment = await deploy({ tables: { users: { files: 'users/{date}*.csv', delivery } } });
  await deployment.deliver('users/2026-03-01.csv', users(1, 2));
  await deployment.deliver('users/2026-03-01_again.csv', second);
  return deployment;
};

test('two snapshots of one date that differ are refused, and both are named', async () => {
  const night = (await twins('snapshot', users(1))).night('2026-03-01');
  await expect(night).rejects.toThrow(DataError);
  await expect(night).rejects.toThrow(
    'users/2026-03-01.csv and users/2026-03-01_again.csv: expected one snapshot of users for 2026-03-01, found two that differ',
  );
});

test('a snapshot that was delivered twice is read as one', async () => {
  const outcome = await (await twins('snapshot', users(1, 2))).night('2026-03-01');
  expect(lineOf(outcome, 'users')).toMatchObject({ records: 4, unchanged: 2, kept: 2 });
});

test('parts of an upsert of one date are all read', async () => {
  const outcome = await (await twins('upsert', users(3))).night('2026-03-01');
  expect(lineOf(outcome, 'users')).toMatchObject({ records: 3, kept: 3 });
});
