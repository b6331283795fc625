import * as fs from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Deployment, useDeployments } from '../night/nights.js';
import { AS_OF, CHROMIUM, NAUGHTY, writeNaughty } from './proof.js';

if (CHROMIUM === undefined) {
  process.stderr.write(
    'The pages were not tried in a browser: set DAYFOLD_CHROMIUM to a Chromium, or install it.\n',
  );
}

const { deploy } = useDeployments('all');
let deployment: Deployment;
let browser: Browser;
let server: Server;

describe.skipIf(CHROMIUM === undefined)('in a browser', () => {
  beforeAll(async () => {
    deployment = await deploy({
      tables: { sessions: { columns: { session_id: { type: 'text' } } } },
      settings: { top_features: NAUGHTY.length },
    });
    await writeNaughty(deployment.exports.folder);
    await deployment.night(['2026-11-18', AS_OF]);
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] });
    server = createServer(async (request, response) => {
      const file = path.join(
        deployment.output.folder,
        'latest',
        (request.url ?? '').replace('/sub/path/', ''),
      );
      const content = await fs.readFile(file).catch(() => undefined);
      response
        .writeHead(content === undefined ? 404 : 200, { 'content-type': 'text/html' })
        .end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  const fromFile = (name: string) =>
    `file://${path.join(deployment.output.folder, 'latest', name)}`;
  const fromServer = (name: string) =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/sub/path/${name}`;
  const REPORT = `reports/${AS_OF}/report.html`;

  /** Opens a page, and notes what it complains of and what it asks for beside itself. */
  async function open(
    url: string,
    { width = 1440, scheme = 'light' as 'light' | 'dark', scripts = true } = {},
  ) {
    const page = await browser.newPage({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      javaScriptEnabled: scripts,
    });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) requests.push(request.url());
    });
    await page.goto(url);
    // the script makes them last
    if (scripts && url.endsWith('report.html')) await page.locator('.jump').waitFor();
    return { page, complaints, requests };
  }

  test.each([
    ['a folder', 'the report', () => fromFile(REPORT)],
    ['a server, below a path', 'the report', () => fromServer(REPORT)],
    ['a folder', 'the index', () => fromFile('reports/index.html')],
    ['a server, below a path', 'the index', () => fromServer('reports/index.html')],
  ])('from %s, %s complains of nothing and asks for nothing', async (_from, _what, url) => {
    const { page, complaints, requests } = await open(url());
    expect([complaints, requests]).toEqual([[], []]);
    await page.close();
  });

  test.each(
    (['light', 'dark'] as const).flatMap((scheme) =>
      [360, 768, 1440].map((width) => [scheme, width] as const),
    ),
  )(
    '%s, %i pixels wide: nothing that axe finds, and nothing is wider than the screen',
    async (scheme, width) => {
      for (const url of [fromFile(REPORT), fromFile('reports/index.html')]) {
        const { page } = await open(url, { scheme, width });
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          width,
        );
        await page.close();
      }
    },
  );

  test.each([360, 768, 1440])(
    'names that break pages are shown as text, and break nothing at %i pixels',
    async (width) => {
      const { page, complaints, requests } = await open(fromFile(REPORT), { width });
      const dialogs: string[] = [];
      page.on('dialog', (dialog) => dialogs.push(dialog.message()));
      const shown = (name: string) => (name.length > 120 ? `${name.slice(0, 120)}…` : name);
      const features = await page.locator('#top_features > .scroll bdi').allTextContents();
      expect(new Set(features)).toEqual(new Set(NAUGHTY.map(shown)));
      const drawn = await page.locator('#top_features svg:visible text').allTextContents();
      const clipped = (name: string) =>
        name.length > 60 || (width === 360 && name.length > 26) ? name.slice(0, 26) : name;
      expect(
        NAUGHTY.filter((name) => !drawn.some((text) => text.startsWith(clipped(name)))),
      ).toEqual([]);
      for (const details of await page.locator('details > summary').all()) await details.click();
      const wider = await page.evaluate(() =>
        [...document.querySelectorAll('main *')]
          .filter(
            (each) => each.closest('.scroll, pre, .hidden')?.contains(each.parentElement) !== true,
          )
          .filter((each) => each.getBoundingClientRect().right > innerWidth)
          .map((each) => each.outerHTML.slice(0, 100)),
      );
      expect([wider, complaints, requests, dialogs]).toEqual([[], [], [], []]);
      await page.close();
    },
  );

  test('on paper, no table is wider than the sheet', async () => {
    const a4 = 688; // 210 mm less the margins
    const { page } = await open(fromFile(REPORT), { width: a4 });
    await page.emulateMedia({ media: 'print' });
    const wider = await page.evaluate(() =>
      [...document.querySelectorAll('main table')]
        .filter((table) => table.getBoundingClientRect().right > innerWidth)
        .map((table) => table.parentElement?.ariaLabel),
    );
    expect(wider).toEqual([]);
    await page.close();
  });

  test('a press on a heading sorts, another the other way round, and both are told to screen readers', async () => {
    const { page } = await open(fromFile(REPORT));
    const heading = page.locator('#average_sessions thead th', { hasText: 'User ID' });
    const users = () =>
      page
        .locator('#average_sessions > .scroll tbody tr td:nth-child(2)')
        .allTextContents()
        .then((all) => all.map(Number));
    await heading.locator('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    const ascending = await users();
    expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
    await heading.locator('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    expect(await users()).toEqual(ascending.toReversed());
    await page.close();
  });

  test('the switch of windows leaves the rows of one of them, the short one first', async () => {
    const { page } = await open(fromFile(REPORT));
    const shown = () =>
      page
        .locator('#average_sessions > .scroll tbody tr:visible td:first-child')
        .allTextContents()
        .then((all) => [...new Set(all)]);
    expect(await shown()).toEqual(['30']);
    await page.locator('#average_sessions .spans button', { hasText: 'lifetime' }).click();
    expect(await shown()).toEqual(['lifetime']);
    const pressed = page.locator('#average_sessions .spans [aria-pressed=true]');
    expect(await pressed.allTextContents()).toEqual(['lifetime']);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  test('a press on a user names the other lists with them, and a link there finds them', async () => {
    const { page } = await open(fromFile(REPORT));
    const person = page.locator('#longest_sessions > .scroll tbody tr:visible .person').first();
    const user = await person.textContent();
    await person.click();
    const link = page.locator('#longest_sessions .others a', {
      hasText: 'How long are the sessions of each user',
    });
    await link.click();
    expect(new URL(page.url()).hash).toBe('#average_sessions');
    const rows = page.locator('#average_sessions > .scroll tbody tr:visible td:nth-child(2)');
    expect(await rows.allTextContents()).toContain(user);
    await page.close();
  });

  test('each section says what its columns mean and how they are worked out; the contents stay in view', async () => {
    const { page } = await open(fromFile(REPORT));
    const about = await page
      .locator('section.card')
      .evaluateAll((all) =>
        all.map((section) => [
          section.querySelectorAll('.columns dt').length > 1,
          /^(with|select)/.test(section.querySelector('.sql code')?.textContent ?? ''),
        ]),
      );
    expect(about.flat()).not.toContain(false);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
    const bar = page.locator('.jump');
    expect((await bar.boundingBox())?.y).toBe(0);
    await bar.locator('summary').click();
    await bar.locator('a', { hasText: 'Which days are busiest?' }).click();
    expect(new URL(page.url()).hash).toBe('#busiest_days');
    expect(await bar.getAttribute('open')).toBeNull();
    await page.close();
  });

  test('a filter leaves the rows that hold its text, by keyboard alone', async () => {
    const { page } = await open(fromFile(REPORT));
    await page.locator('#activity_trend .tools input').first().focus();
    const filter = page.locator('#activity_trend > .tools input');
    await filter.focus();
    await page.keyboard.type('2026-11-1');
    const shown = await page
      .locator('#activity_trend > .scroll tbody tr:visible')
      .allTextContents();
    expect(shown).toHaveLength(10);
    expect(shown.every((row) => row.includes('2026-11-1'))).toBe(true);
    expect(await page.locator('#activity_trend > .tools [role=status]').textContent()).toBe(
      '10 rows of 40',
    );
    await page.close();
  });

  test('long tables show ten rows until the others are asked for; without scripts 25 rows and no controls', async () => {
    const { page } = await open(fromFile(REPORT));
    const rows = page.locator('#activity_trend > .scroll tbody tr:visible');
    expect(await rows.count()).toBe(10);
    await page.locator('#activity_trend > .tools button').click();
    expect(await rows.count()).toBe(40);
    await page.close();
    const { page: plain } = await open(fromFile(REPORT), { scripts: false });
    expect(await plain.locator('#activity_trend > .scroll tbody tr:visible').count()).toBe(25);
    expect(await plain.locator('button, input').count()).toBe(0);
    await plain.close();
  });

  test('every link leads to a file that is there, or to a place in the page', async () => {
    for (const name of [REPORT, 'reports/index.html']) {
      const { page } = await open(fromFile(name));
      const links = await page
        .locator('a[href]')
        .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
      const broken: string[] = [];
      for (const link of new Set(links)) {
        const { pathname, hash } = new URL(link);
        if (
          hash !== '' &&
          (await page.locator(`[id="${decodeURIComponent(hash.slice(1))}"]`).count()) === 0
        )
          broken.push(link);
        await fs.access(decodeURIComponent(pathname)).catch(() => broken.push(link));
      }
      expect(links.length).toBeGreaterThan(2);
      expect(broken).toEqual([]);
      await page.close();
    }
  });

  test('printed, it is a PDF of some pages', async () => {
    const { page } = await open(fromFile(REPORT));
    const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
    const pages = pdf.match(/\/Type \/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(3);
    expect(pages).toBeLessThan(40);
    await page.close();
  });
});

async function violations(page: Page): Promise<string[]> {
  // an isolated world: the page's own policy lets no other script in
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
  });
  await session.send('Runtime.evaluate', { contextId, expression: axe.source });
  const { result } = await session.send('Runtime.evaluate', {
    contextId,
    expression: `axe.run().then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 120) + failureSummary).join(' | '))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(String(result.value)) as string[];
}
