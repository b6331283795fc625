import { expect, test } from 'vitest';
import { addDays, dateIn } from '../../src/dates.js';
import { lineOf, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const HOUR = 3_600_000;
const HEADER = 'activity_id,user_id,activity_type,activity_at';

/** The zone's clock, to the second, as a text without an offset. */
function localTime(zone: string, instant: Date): string {
  // sv-SE writes a date and a time as YYYY-MM-DD HH:MM:SS
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(instant);
}

/** The first instant whose date in the zone is `date`, to the second. */
function startOf(zone: string, date: string): number {
  let [before, after] = [
    Date.parse(`${addDays(date, -2)}T00:00:00Z`),
    Date.parse(`${addDays(date, 2)}T00:00:00Z`),
  ];
  while (after - before > 1_000) {
    const middle = Math.floor((before + after) / 2_000) * 1_000;
    if (dateIn(zone, new Date(middle)) < date) before = middle;
    else after = middle;
  }
  return after;
}

// The length of the day in hours; a day of 24 hours stands for zones whose clock never changes.
const DAYS: readonly [zone: string, date: string, hours: number][] = [
  ['Europe/Berlin', '2026-03-29', 23],
  ['Europe/Berlin', '2026-10-25', 25],
  ['America/New_York', '2026-03-08', 23],
  ['America/New_York', '2026-11-01', 25],
  ['Australia/Lord_Howe', '2026-10-04', 23.5],
  ['Australia/Lord_Howe', '2026-04-05', 24.5],
  ['America/Sao_Paulo', '2018-11-04', 23], // begins at 01:00: there is no midnight
  ['America/Sao_Paulo', '2018-02-17', 25], // 23:00 to 24:00 comes twice
  ['Asia/Beirut', '2026-03-29', 23], // begins at 01:00
  ['Asia/Kolkata', '2026-03-29', 24],
];

test.each(DAYS)(
  '%s: %s has %d hours, and rows around its two midnights are on the date Intl says',
  async (zone, date, hours) => {
    const [start, end] = [startOf(zone, date), startOf(zone, addDays(date, 1))];
    expect((end - start) / HOUR).toBe(hours);
    const edges = [start, end].flatMap((edge) =>
      [-3_600, -1, 0, 1, 1_800, 3_599].map((offset) => edge + offset * 1_000),
    );
    const hourly = Array.from(
      { length: Math.floor(hours) },
      (_, hour) => start + hour * HOUR + 60_000,
    );
    const instants = [...new Set([...edges, ...hourly])].map((ms) => new Date(ms));

    const deployment = await deploy({ time_zone: zone, earliest: '2018-01-01' });
    const lines = instants.map(
      (instant, i) => `${i},7,view,${instant.toISOString().slice(0, 19)}Z`,
    );
    await deployment.deliver(
      `activity_log/activity_log_${addDays(date, 1)}.csv`,
      [HEADER, ...lines, ''].join('\n'),
    );
    await deployment.night(addDays(date, 1));

    expect(
      await deployment.rows(
        'clean/activity_log',
        'activity_id, event_date',
        'order by activity_id',
      ),
    ).toEqual(
      instants.map((instant, i) => ({ activity_id: i, event_date: dateIn(zone, instant) })),
    );
    const perDay = new Map<string, number>();
    for (const instant of instants)
      perDay.set(dateIn(zone, instant), (perDay.get(dateIn(zone, instant)) ?? 0) + 1);
    expect(
      await deployment.rows('daily/day', 'event_date, activities', 'order by event_date'),
    ).toEqual([...perDay].sort().map(([event_date, activities]) => ({ event_date, activities })));
  },
);

test('times written by the clock of a zone keep their date, also in the hour that comes twice', async () => {
  const zone = 'Europe/Berlin';
  const deployment = await deploy({ time_zone: zone, table_defaults: { times_in: zone } });
  const start = startOf(zone, '2026-10-25');
  const instants = Array.from({ length: 25 }, (_, hour) => new Date(start + hour * HOUR));
  const lines = instants.map((instant, i) => `${i},7,view,${localTime(zone, instant)}`);
  await deployment.deliver(
    'activity_log/activity_log_2026-10-26.csv',
    [HEADER, ...lines, ''].join('\n'),
  );
  await deployment.night('2026-10-26');
  const rows = await deployment.rows(
    'clean/activity_log',
    "activity_id, event_date, strftime(activity_at, '%Y-%m-%dT%H:%M:%S') as at",
    'order by activity_id',
  );
  // 02:00 is written twice, and read as its first time
  const read = instants.map((instant, i) => (i === 3 ? instants[2] : instant));
  expect(rows).toEqual(
    read.map((instant, i) => ({
      activity_id: i,
      event_date: '2026-10-25',
      at: instant?.toISOString().slice(0, 19),
    })),
  );
});

test('a session over the night of the change lasts the hours that passed, not those between the times on the clock', async () => {
  const deployment = await deploy({
    time_zone: 'Europe/Berlin',
    table_defaults: { times_in: 'Europe/Berlin' },
  });
  await deployment.deliver(
    'sessions/sessions_2026-10-25.csv',
    'session_id,user_id,login_at,logout_at\nautumn,7,2026-10-24 23:00:00,2026-10-25 05:00:00\nspring,7,2026-03-28 23:00:00,2026-03-29 05:00:00\n',
  );
  await deployment.night('2026-10-25');
  expect(
    await deployment.rows(
      'clean/sessions',
      'session_id, event_date, duration_seconds',
      'order by session_id',
    ),
  ).toEqual([
    { session_id: 'autumn', event_date: '2026-10-24', duration_seconds: 7 * 3_600 },
    { session_id: 'spring', event_date: '2026-03-28', duration_seconds: 5 * 3_600 },
  ]);
});

test.each([
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Kiritimati',
])(
  '%s: dates are accepted from the earliest one to the day after the export, by the calendar of the zone',
  async (zone) => {
    const deployment = await deploy({ time_zone: zone, earliest: '2026-03-01' });
    const first = startOf(zone, '2026-03-01');
    const last = startOf(zone, '2026-03-12'); // the export is of the 10th
    const instants = [first - 1_000, first, last - 1_000, last].map((ms) => new Date(ms));
    const lines = instants.map((instant, i) => `${i},7,view,${instant.toISOString()}`);
    await deployment.deliver(
      'activity_log/activity_log_2026-03-10.csv',
      [HEADER, ...lines, ''].join('\n'),
    );
    const outcome = await deployment.night('2026-03-10');
    expect(
      await deployment.rows(
        'clean/activity_log',
        'activity_id, event_date',
        'order by activity_id',
      ),
    ).toEqual([
      { activity_id: 1, event_date: '2026-03-01' },
      { activity_id: 2, event_date: '2026-03-11' },
    ]);
    expect(lineOf(outcome, 'activity_log').quarantined).toEqual({ activity_at_out_of_range: 2 });
    const refused = await deployment.quarantined('activity_log');
    expect(refused.map(({ line }) => line)).toEqual([2, 5]);
  },
);
