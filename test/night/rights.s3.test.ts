import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { checkStore } from '../../src/inspect/preflight_store.js';
import { S3Store } from '../../src/store/s3/store.js';
import { freshPlace, freshStore, KEYS_ARE_PATHS, QUICK, settingsOf } from '../store/s3_server.js';
import { useDeployments } from './nights.js';
import { deliverUpTo } from './two_days.js';

const { deploy } = useDeployments();
const client = new S3Client({ forcePathStyle: true });

/** What a run might ask for. Ceph knows no NotAction, so what is not allowed is denied by name. */
const ACTIONS = [
  ...[
    'ListBucket',
    'ListBucketVersions',
    'ListBucketMultipartUploads',
    'GetBucketLocation',
    'GetBucketAcl',
  ],
  ...[
    'GetObject',
    'GetObjectVersion',
    'GetObjectAcl',
    'GetObjectTagging',
    'ListMultipartUploadParts',
  ],
  ...[
    'PutObject',
    'PutObjectAcl',
    'PutObjectTagging',
    'DeleteObject',
    'DeleteObjectVersion',
    'AbortMultipartUpload',
  ],
].map((name) => `s3:${name}`);

interface Statement {
  readonly Action: string[];
  readonly Resource: string[];
}

/** The statements of the policy in docs/s3.md about one of its buckets. */
async function documented(bucket: string): Promise<string[]> {
  const page = await readFile(new URL('../../docs/s3.md', import.meta.url), 'utf8');
  const policy = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '') as {
    Statement: Statement[];
  };
  return policy.Statement.filter(({ Resource }) =>
    Resource.some((each) => each.includes(`:::${bucket}`)),
  ).flatMap(({ Action }) => Action);
}

/** A bucket on which everything but these actions is denied, to its owner too; a store in it. */
async function restricted(
  actions: readonly string[],
  fill = async (_: S3Store) => {},
): Promise<S3Store> {
  const Bucket = `dayfold-test-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  const store = new S3Store(settingsOf(`s3://${Bucket}/place`), { patience: QUICK });
  await fill(store);
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Statement = [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ACTIONS.filter((action) => !actions.includes(action)),
      Resource,
    },
  ];
  await client.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  return store;
}

// the gateway that keeps keys as paths exempts the owner of a bucket from its policy
describe.skipIf(KEYS_ARE_PATHS)('rights', () => {
  test('those of docs/s3.md are enough', async () => {
    const deployment = await deploy();
    const exports = await restricted(await documented('example-exports'), (store) =>
      deliverUpTo('2026-11-20', (key, content) => store.write(key, Buffer.from(content))),
    );
    await expect(exports.write('x', Buffer.from(''))).rejects.toThrow('allow s3:PutObject');
    const output = await restricted(await documented('example-analytics'));
    expect(await deployment.night('2026-11-20', { exports, output })).toMatchObject({
      published: true,
    });
    expect(await output.sweep(new Date())).toBe(0);
  });

  test.each([
    [
      's3:ListBucket',
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      'credentials and listing',
    ],
    [
      's3:PutObject',
      ['s3:ListBucket', 's3:GetObject', 's3:DeleteObject'],
      'writing, conditional creation and removing',
    ],
    [
      's3:DeleteObject',
      ['s3:ListBucket', 's3:GetObject', 's3:PutObject'],
      'writing, conditional creation and removing',
    ],
    ['s3:GetObject', ['s3:ListBucket', 's3:PutObject', 's3:DeleteObject'], 'reading'],
  ])('%s that is missing is named by the check', async (right, others, what) => {
    const store = await restricted(others, (store) => store.write('x', Buffer.from('x')));
    const problems = (await checkStore(store, true, tmpdir())).filter(
      ({ problem }) => problem !== undefined,
    );
    expect(problems.map((each) => each.what)).toEqual([what]);
    expect(problems[0]?.problem).toContain(
      `access is denied: allow ${right} for these credentials`,
    );
  });
});

test('a store on which all works is ok, line by line', async () => {
  expect(await checkStore(await freshStore(), true, tmpdir())).toEqual([
    { what: 'credentials and listing', problem: undefined },
    { what: 'reading', problem: undefined },
    { what: 'writing, conditional creation and removing', problem: undefined },
    { what: 'clock', problem: undefined },
  ]);
});

test.each<[string, () => Promise<S3Store>, RegExp]>([
  [
    'a bucket that is not there',
    async () => new S3Store(settingsOf('s3://dayfold-test-no-such-bucket/x'), { patience: QUICK }),
    /there is no such bucket: create it/,
  ],
  [
    'a server that does not run',
    async () =>
      new S3Store({ ...(await freshPlace()), endpoint: 'http://127.0.0.1:9' }, { patience: QUICK }),
    /cannot be reached/,
  ],
])('%s', async (_, open, problem) => {
  const checks = await checkStore(await open(), true, tmpdir());
  expect(checks).toHaveLength(1);
  expect(checks[0]?.problem).toMatch(problem);
});
