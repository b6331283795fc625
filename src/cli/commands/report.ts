import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { styleText } from 'node:util';
import { isDate } from '../../dates.js';
import { ConfigError, DataError, MissingObject } from '../../errors.js';
import { type Live, readLive } from '../../release/commit.js';
import type { Commit } from '../../release/schema.js';
import { Numbers } from '../../report/figure.js';
import type { Report } from '../../report/report.js';
import { type PublishedReport, toText } from '../../report/terminal.js';
import { openStore } from '../../store/open.js';
import type { Store } from '../../store/store.js';
import { openConfig } from '../configuration.js';

export interface ReportOptions {
  readonly config?: string;
  readonly date?: string;
  readonly open?: boolean;
  readonly text?: boolean;
}

/** `run-job report`: where the page of a date is; opened in a browser, or told as text. */
export async function report({ config: file, date, open, text }: ReportOptions): Promise<void> {
  if (date !== undefined && !isDate(date))
    throw new ConfigError(`--date: expected a date as YYYY-MM-DD, found ${date}`);
  const config = await openConfig(file);
  const store = await openStore(config.output, config.base);
  const live = await readLive(store);
  const { release, commit } = live;
  const dates = release.of('report/report').map(({ name }) => name);
  const asOf = date ?? newestReport(live, store);
  const { artifacts } = release.get('report/report', asOf) ?? {};
  const { html, json } = artifacts ?? {};
  if (html === undefined || json === undefined) {
    throw new DataError(
      `${asOf}: expected a date that has a report, the latest is ${dates.at(-1)}: run-job ` +
        `nightly --date ${asOf} makes it`,
    );
  }
  const published = JSON.parse(
    (await contentOf(store, json.key)).toString('utf8'),
  ) as PublishedReport & Pick<Report, 'edition'>;
  if (text) {
    const { isTTY, columns } = process.stdout;
    const bold =
      isTTY && !process.env.NO_COLOR ? (words: string) => styleText('bold', words) : undefined;
    process.stdout.write(toText(published, columns ?? 80, new Numbers(config.report.locale), bold));
    return;
  }
  const page = open
    ? await localPage(store, asOf, html.key)
    : store.locate(`latest/reports/${asOf}/report.html`);
  process.stdout.write(`${page}\n`);
  process.stderr.write(`${editionLine(published, commit)}\n`);
  if (open) await openInBrowser(page);
}

/** The newest as-of date that has a report. @throws DataError when there is none */
export function newestReport({ release, commit }: Live, { url }: Store): string {
  const newest = release.newest('report/report')?.name;
  if (newest !== undefined) return newest;
  throw new DataError(
    commit === undefined
      ? `${url}: expected a release, found none: run-job nightly makes the first one`
      : `${url}: expected a report in release ${release.number}, found none: run-job nightly ` +
          'makes one',
  );
}

/** Which release has the page, for a print of it that names its edition. */
function editionLine({ edition }: Pick<Report, 'edition'>, commit: Commit | undefined): string {
  const release =
    commit === undefined
      ? ''
      : `, in release ${commit.release.number}, published ${commit.envelope.created_at} by ` +
        `${commit.envelope.program}`;
  return `Edition ${edition}${release}.`;
}

async function contentOf(store: Store, key: string): Promise<Buffer> {
  const content = await store.read(key);
  if (content === undefined)
    throw new MissingObject(
      `${store.locate(key)}: expected the report, found nothing: run-job repair builds it again`,
    );
  return content;
}

/** A page that a browser of this machine can open: in the folder of the output, or a copy of it. */
async function localPage(store: Store, date: string, key: string): Promise<string> {
  if (store.folder !== undefined)
    return path.join(store.folder, `latest/reports/${date}/report.html`);
  return store.fetch(key, await mkdtemp(path.join(os.tmpdir(), 'dayfold-report-')));
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['explorer.exe'],
};

function openInBrowser(page: string): Promise<void> {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, page], { stdio: 'ignore', detached: true });
    child.once('error', (cause) =>
      reject(
        new DataError(
          `${page}: expected ${program} to open it, which does not start: open it by hand`,
          { cause },
        ),
      ),
    );
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
