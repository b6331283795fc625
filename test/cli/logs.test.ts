import path from 'node:path';
import { expect, test } from 'vitest';
import { useDeployments } from '../night/nights.js';
import { useProgram } from '../program.js';

const { deploy } = useDeployments();
const { run, start } = useProgram('all');

const HUSH = 'HUSH0a1b2c3d';
/** Where credentials come from. */
const SECRETS = {
  AWS_ACCESS_KEY_ID: `AKIA${HUSH}`,
  AWS_SECRET_ACCESS_KEY: `secret${HUSH}`,
  AWS_SESSION_TOKEN: `token${HUSH}`,
  AWS_REGION: 'us-east-1',
};

/**
 * Rows of every kind, kept, repeated and refused, each with a value that nobody may read in a log.
 */
const EXPORTS: Readonly<Record<string, string>> = {
  'activity_log/activity_log_2026-11-20.csv': `activity_id,user_id,activity_type,activity_at,${HUSH}
1,7,${HUSH},2026-11-20 09:00:00,x
1,7,${HUSH}2,2026-11-20 09:00:00,x
2,${HUSH},view,2026-11-20 09:00:00,x
3,7,view,${HUSH},x
4,7,"${HUSH}
5,7,view
`,
  'sessions/sessions_2026-11-20.csv': `session_id,user_id,login_at,logout_at
1,7,2026-11-20 09:00:00,2026-11-20 08:00:00
2,7,2026-11-20 09:00:00,${HUSH}
3,7,2026-11-20 09:00:00,
4,7,2026-11-20 10:00:00,
`,
  'support_tickets/support_tickets_2026-11-20.csv': `ticket_id,user_id,status,created_at,resolved_at
1,7,${HUSH},2026-11-20 09:00:00,
`,
};
// the name of a column is no value of a row
const clean = (text: string) => text.replaceAll(`columns left out: ${HUSH}`, '');

async function deployed(settings: object) {
  const deployment = await deploy({ log: { level: 'trace' }, ...settings });
  for (const [key, content] of Object.entries(EXPORTS)) await deployment.deliver(key, content);
  return ['--config', path.join(deployment.folder, 'dayfold.yaml')];
}

test('no line of a night holds a value of a row, nor its summary or JSON', async () => {
  const config = await deployed({});
  for (const more of [[], ['--json']]) {
    const { code, out, err } = await run(['nightly', ...config, '--date', '2026-11-20', ...more], {
      env: SECRETS,
    });
    expect([code, clean(err)]).toEqual([0, expect.not.stringContaining(HUSH)]);
    expect(clean(out)).not.toContain(HUSH);
    if (more.length === 0)
      for (const line of err.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  }
});

test('each line of the engine at work names its run, and those of partitions table, date and duration', async () => {
  const config = await deployed({});
  const { err } = await run(['nightly', ...config, '--date', '2026-11-20']);
  const lines = err
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(new Set(lines.map(({ run }) => run)).size).toBe(1);
  const built = lines.find(
    ({ table, partition }) => table === 'clean/sessions' && partition === '2026-11-20',
  );
  expect(built).toMatchObject({ msg: 'built', rows: 2, seconds: expect.any(Number) });
});

test('a store that refuses is reported without credentials or signed URLs', async () => {
  const config = await deployed({
    output: { store: 's3://bucket/output', endpoint: 'http://127.0.0.1:9' },
  });
  const { code, out, err } = await run(['nightly', ...config, '--date', '2026-11-20', '--json'], {
    env: SECRETS,
  });
  expect(code).toBe(5);
  expect(out + err).not.toMatch(/HUSH|X-Amz-|Signature=/);
  expect(JSON.parse(out)).toEqual({
    exit_code: 5,
    error: expect.stringMatching(
      /^Could not list s3:\/\/bucket\/output\/_commits\/ at http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\): the server cannot be reached/,
    ),
  });
});

test('a worker says no more of them', async () => {
  const config = await deployed({ http: { port: null } });
  const worker = start(['schedule', ...config], { env: SECRETS });
  await worker.wrote('"night ended"');
  worker.child.kill('SIGTERM');
  const { code, out, err } = await worker.ended;
  expect([code, out]).toEqual([0, '']);
  expect(clean(err)).not.toContain(HUSH);
});
