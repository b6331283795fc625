import * as z from 'zod';
import type { Immutable } from '../immutable.js';
import { checkResult, ledgerLine, receipt } from '../release/schema.js';

/** What `run-job nightly --json` prints; docs/schema/outcome.json is made from this. */

const count = z.int().min(0);
const requests = z.record(z.string(), count);

const ran = z.object({
  run: z.string().describe('Its id, which is on each line of its log.'),
  asked: z.array(z.string()).describe('As-of dates, YYYY-MM-DD, ascending.'),
  release: count.describe('The release that is live now.'),
  published: z.boolean().describe('False when nothing was new.'),
  ledger: z.array(ledgerLine).describe('What became of the records of each table.'),
  built: z
    .array(
      z.object({
        table: z.string(),
        name: z.string().describe('The date, `all`, or for a staged table the key of the export.'),
        reason: z.string(),
        reads: z.object({ rows: count, bytes: count }),
        rows: count,
        seconds: z.number(),
      }),
    )
    .describe('Partitions that were built, in order.'),
  reused: count.describe('Partitions that are unchanged.'),
  restated: z.array(receipt.omit({ rows: true })).describe('Published reports that changed.'),
  notes: z.array(z.string()).describe('What a person should know of the night.'),
  checks: z.array(checkResult).describe('What the quality checks say as of the newest report.'),
  newest: z
    .string()
    .optional()
    .describe('The newest as-of date of the release; absent when nothing was new.'),
  late: z
    .array(z.string())
    .optional()
    .describe(
      'Tables without an export for that date that are delivered every night; absent when ' +
        'nothing was new.',
    ),
  engine: z
    .string()
    .optional()
    .describe('What ran the models, with its version; absent when nothing was new.'),
  requests: z
    .object({ exports: requests, output: requests })
    .describe(
      'What was asked of each store: requests by kind, RETRY, and the bytes READ and WRITTEN.',
    ),
  started_at: z.string().describe('ISO 8601 in UTC.'),
  seconds: z.number(),
});

/** What a run did; also what `runs/<id>.json` holds. */
export type Outcome = Immutable<z.infer<typeof ran>>;

const failed = z.object({
  exit_code: z
    .int()
    .min(1)
    .describe('What the process ends with; docs/operations.md says what each means.'),
  error: z.string().describe('What was expected, what was found, where, and what to do next.'),
});

/** What a run did, or why it failed. */
export const outcomeSchema = z.union([ran, failed]).meta({
  title: 'Outcome',
  description:
    'What run-job nightly --json prints on stdout: of a run that failed, its exit code and ' +
    'message.',
});
export type PrintedOutcome = z.infer<typeof outcomeSchema>;
