import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { useSpark } from '../engine/spark/cluster.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { deliverUpTo } from '../night/two_days.js';
import { type Ended, useProgram } from '../program.js';
import { TlsProxy } from '../tls.js';

vi.setConfig({ testTimeout: 600_000 });

const TOKEN = 'not a secret';
const { spark } = useSpark({ 'spark.connect.authenticate.token': TOKEN });
const { deploy } = useDeployments('all');
const { run } = useProgram('all');
let proxy: TlsProxy;
let port: number;

beforeAll(async () => {
  proxy = new TlsProxy(Number(new URL(spark().remote.replace('sc:', 'http:')).port), ['h2']);
  port = await proxy.start();
});
afterAll(() => proxy.stop());

const encrypted = () => ({ kind: 'spark', remote: `sc://127.0.0.1:${port}`, tls: true });

async function checked(deployment: Deployment, env: NodeJS.ProcessEnv): Promise<Ended> {
  await deliverUpTo('2026-11-19', (key, content) => deployment.deliver(key, content));
  return run(['check', '--config', deployment.config.file], { env });
}

describe('check with a Spark engine, over TLS and with a token', () => {
  const trusting = () => ({ NODE_EXTRA_CA_CERTS: proxy.certificate, DAYFOLD_ENGINE__TOKEN: TOKEN });

  test('analyses each model there', async () => {
    const { code, out } = await checked(await deploy({ engine: encrypted() }), trusting());
    expect(out).toContain('dayfold.yaml: ok');
    expect(out).not.toContain('Warnings');
    expect(code).toBe(0);
  });

  test('names a model that Spark cannot run, and warns of one that may differ there', async () => {
    const deployment = await deploy({ engine: encrypted(), jobs: ['own'] });
    const model = (users: string) => `-- question: How many users were there?
-- grain: as_of_date
-- reads: rolling.user_lifetime
-- columns:
--   as_of_date | date    |       | as-of date of the report
--   users      | integer | users | users who were seen
select lifetime.as_of_date, ${users} as users
from rolling.user_lifetime as lifetime
group by lifetime.as_of_date
`;
    const models = {
      only_duckdb: 'quantile_disc(lifetime.user_id, 0.5)',
      may_differ: 'any_value(lifetime.user_id)',
    };
    for (const [name, users] of Object.entries(models))
      await deployment.write(path.join('own', 'report', `${name}.sql`), model(users));
    const { code, out, err } = await checked(deployment, trusting());
    expect(err).toMatch(
      /only_duckdb\.sql: expected a SELECT that runs on Spark, found: .*UNRESOLVED_ROUTINE.*quantile_disc/,
    );
    expect(err).not.toContain('may_differ.sql');
    expect(out).toContain('may_differ.sql: may differ on Spark: function any_value');
    expect(code).toBe(2);
  });

  test('says what to check where the certificate is not trusted', async () => {
    const { code, err } = await checked(await deploy({ engine: encrypted() }), {
      DAYFOLD_ENGINE__TOKEN: TOKEN,
    });
    expect(err).toContain(`Could not reach Spark Connect at 127.0.0.1:${port}`);
    expect(err).toMatch(/certificate/);
    expect(code).toBe(5);
  });

  test('says so where the token is refused, and does not tell it', async () => {
    const { code, out, err } = await checked(await deploy({ engine: encrypted() }), {
      ...trusting(),
      DAYFOLD_ENGINE__TOKEN: 'another one',
    });
    expect(err).toContain('engine.token: expected one that');
    expect(out + err).not.toContain('another one');
    expect(code).toBe(2);
  });
});
