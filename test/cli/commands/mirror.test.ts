import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { repair, verify } from '../../../src/cli/commands/mirror.js';
import { type Deployment, useDeployments } from '../../night/nights.js';
import { deliverUpTo } from '../../night/two_days.js';

const { deploy } = useDeployments();
let deployment: Deployment;
let options: { config: string };
const file = (name: string) => path.join(deployment.output.folder, 'latest', name);
const DAY = 'clean/sessions/event_date=2026-11-19/data.parquet';

beforeAll(async () => {
  deployment = await deploy();
  options = { config: path.join(deployment.folder, 'dayfold.yaml') };
  await deliverUpTo('2026-11-19', (key, content) => deployment.deliver(key, content));
  await deployment.night('2026-11-19');
});

test('a mirror that shows the release is said to', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await verify({ ...options, content: true });
    expect(write.mock.calls.join('')).toMatch(/latest.* shows release 1\./);
  } finally {
    write.mockRestore();
  }
});

test('what is missing, too much or of another size is reported, and what to do', async () => {
  const content = await readFile(file(DAY));
  await rm(file(DAY));
  await writeFile(file('mine.txt'), 'mine');
  const failed = verify(options);
  await expect(failed).rejects.toThrow(/found 2 differences/);
  await expect(failed).rejects.toThrow(`latest/${DAY}: is missing`);
  await expect(failed).rejects.toThrow('latest/mine.txt: is not in the release');
  await expect(failed).rejects.toThrow('run-job mirror repair');
  await rm(file('mine.txt'));
  await writeFile(file(DAY), Buffer.concat([content, content]));
  await expect(verify(options)).rejects.toThrow(
    `expected ${content.length} bytes, found ${content.length * 2}`,
  );
  await writeFile(file(DAY), content);
  await verify(options);
});

test('other bytes of the same size are found by reading', async () => {
  const content = await readFile(file(DAY));
  await writeFile(file(DAY), Buffer.alloc(content.length, 1));
  await verify(options);
  await expect(verify({ ...options, content: true })).rejects.toThrow(
    `latest/${DAY}: expected the content of objects/`,
  );
  await writeFile(file(DAY), content);
});

test('a repair copies everything again, whatever was done to it', async () => {
  const content = await readFile(file(DAY));
  await writeFile(file(DAY), Buffer.alloc(content.length, 1));
  await writeFile(file('mine.txt'), 'mine');
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await repair(options);
    await verify({ ...options, content: true });
  } finally {
    write.mockRestore();
  }
  expect(await readFile(file(DAY))).toEqual(content);
});
