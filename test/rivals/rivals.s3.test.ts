import { expect, test } from 'vitest';
import { S3Store } from '../../src/store/s3/store.js';
import { freshPlace, QUICK } from '../store/s3_server.js';
import { checkHistory, type Fate, rival } from './rivals.js';
import { randomOf } from './schedule.js';

const SCHEDULES = 50;

test('rivals on a server: no release is lost, doubled or torn', async () => {
  let lost = 0;
  for (let seed = 0; seed < SCHEDULES; seed++) {
    const random = randomOf(seed);
    const place = await freshPlace();
    const fates = new Map<string, Fate>();
    const runs = Array.from({ length: 2 + (seed % 7) }, (_, i) => `r${i}`);
    await Promise.all(
      runs.map(async (run) => {
        await new Promise((resolve) => setTimeout(resolve, random() * 40));
        const clock = () => new Date(Date.now() + (random() - 0.5) * 3_600_000);
        fates.set(run, await rival(new S3Store(place, { patience: QUICK }), run, clock));
      }),
    );
    lost += [...fates.values()].filter((fate) => fate === 'lost').length;
    expect([...fates.values()], `seed ${seed}`).toContain('won');
    await checkHistory(new S3Store(place, { patience: QUICK }), fates);
  }
  expect(lost).toBeGreaterThan(SCHEDULES);
}, 600_000);
