import { describe, expect, test } from 'vitest';
import {
  type Alert,
  after,
  alertsOf,
  CURES,
  type Findings,
  type Open,
  slackOf,
} from '../../src/notify/alerts.js';

const about = (at: string) => ({ at, asked: ['2026-11-20'], output: 's3://b/p' });

/** Which alerts runs with these findings send, when each is delivered. */
function sent(...runs: Findings[]): string[][] {
  let open: Open = {};
  return runs.map((findings, i) => {
    const alerts = alertsOf(open, findings, about(`day ${i}`));
    for (const alert of alerts) open = after(open, alert);
    return alerts.map(({ alert, incident, since }) => `${alert} ${incident} ${since}`);
  });
}

describe('an incident', () => {
  test('is reported once, and once when it is over', () => {
    const over = { failed: null };
    expect(sent({ failed: 'a' }, { failed: 'b' }, over, over, { failed: 'c' })).toEqual([
      ['failed failed day 0'],
      [],
      ['recovered failed day 0'],
      [],
      ['failed failed day 4'],
    ]);
  });

  test('lasts while runs cannot tell', () => {
    expect(sent({ freshness: 'a' }, { failed: 'b' }, { failed: null, freshness: null })).toEqual([
      ['freshness freshness day 0'],
      ['failed failed day 1'],
      ['recovered failed day 1', 'recovered freshness day 0'],
    ]);
  });

  test.each(Object.keys(CURES))('of %s says what to do', (name) => {
    expect(alertsOf({}, { [name]: 'broken' }, about('now'))).toEqual([
      {
        alert: name,
        incident: name,
        message: 'broken',
        cure: expect.stringMatching(/\w\.$/),
        since: 'now',
        ...about('now'),
      },
    ]);
  });
});

test('for Slack an alert is text, and what would be markup is none', () => {
  const [alert] = alertsOf({}, { failed: 'a <b> & c' }, about('now')) as [Alert];
  expect(slackOf(alert).text).toBe(
    `:red_circle: *Dayfold: failed* (s3://b/p, as of 2026-11-20)\na &lt;b&gt; &amp; c\n_${CURES.failed}_`,
  );
});
