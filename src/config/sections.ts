import { access, readFile } from 'node:fs/promises';
import { ConfigError } from '../errors.js';
import type { Model } from '../model/model.js';
import { columnsOf, factsOf, type Section, sectionSchema } from '../model/section.js';
import type { Settings } from './config.js';
import { check, type Document, readDocument } from './document.js';
import { numbersOf } from './settings.js';
import { didYouMean } from './suggest.js';

/**
 * How each report is shown: the YAML beside its SQL; without one, a section with a table and no
 * more. Reports that only hold the data of charts have none.
 * @throws ConfigError for a YAML that is off, or names a column, fact or report that is not there
 */
export async function loadSections(
  models: readonly Model[],
  settings: Settings,
): Promise<Map<string, Section>> {
  const reports = models.filter(({ layer }) => layer === 'report');
  const tables = models.filter(({ layer }) => layer === 'clean').map(({ name }) => name);
  const sections = new Map<string, Section>();
  for (const model of models.filter(isShown)) {
    const yaml = besideOf(model);
    const document = (await isThere(yaml))
      ? await readDocument(yaml)
      : { file: yaml, value: {}, place: () => yaml };
    const section = check(sectionSchema, document);
    checkNames(document, section, model, { reports, tables, settings });
    sections.set(model.name, section);
  }
  return sections;
}

/**
 * The YAML of the sections as it is: parsing it all takes longer than to tell that nothing of
 * it has changed.
 */
export async function sectionTexts(models: readonly Model[]): Promise<string[]> {
  const files = models.filter(isShown).map(besideOf);
  return Promise.all(
    files.map(async (yaml) => ((await isThere(yaml)) ? readFile(yaml, 'utf8') : '')),
  );
}

function isShown({ layer, kind }: Model): boolean {
  return layer === 'report' && kind === 'question';
}

function besideOf({ file }: Model): string {
  return file.replace(/\.sql$/, '.yaml');
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** What a section may name. */
interface Known {
  readonly reports: readonly Model[];
  readonly tables: readonly string[];
  readonly settings: Settings;
}

function checkNames(
  document: Document,
  section: Section,
  model: Model,
  { reports, tables, settings }: Known,
): void {
  const expect = (
    path: string[],
    what: string,
    choices: readonly string[],
    found: string | undefined,
  ) => {
    if (found === undefined || choices.includes(found)) return;
    const known = choices.length === 0 ? ', of which there is none' : ` of ${choices.join(', ')}`;
    throw new ConfigError(
      `${document.place(path)}: ${path.join('.')}: expected ${what}${known}, found ` +
        `${found}${didYouMean(found, choices)}`,
    );
  };
  const own = model.columns.map(({ name }) => name);
  for (const name of section.needs) expect(['needs'], 'a table', tables, name);
  for (const name of section.columns ?? []) expect(['columns'], 'a column', own, name);
  for (const name of Object.keys(section.missing)) expect(['missing', name], 'a column', own, name);
  expect(['newest_first'], 'a column', own, section.newest_first);
  const facts = Object.keys(section.facts);
  const known = [...facts, ...Object.keys(numbersOf(settings)), 'as_of_date'];
  for (const [i, { say }] of section.answer.entries()) {
    for (const name of factsOf(say))
      expect(['answer', String(i), 'say'], 'a fact or a setting', known, name);
  }
  const { chart } = section;
  if (chart === undefined) return;
  for (const name of factsOf(chart.title))
    expect(['chart', 'title'], 'a fact or a setting', known, name);
  expect(
    ['chart', 'data'],
    'a report',
    reports.map(({ name }) => name),
    chart.data,
  );
  const source = reports.find(({ name }) => name === (chart.data ?? model.name));
  const columns = source?.columns ?? [];
  for (const { name, types } of columnsOf(chart)) {
    const fitting = columns.filter(({ type }) => types?.includes(type) ?? true);
    const what = types === undefined ? 'a column' : `a column with the type ${types.join(' or ')}`;
    expect(
      ['chart'],
      what,
      fitting.map((each) => each.name),
      name,
    );
  }
  const names = columns.map(({ name }) => name);
  for (const name of Object.keys(chart.where)) expect(['chart', 'where'], 'a column', names, name);
  for (const value of Object.values(chart.where)) {
    if (typeof value === 'string')
      expect(['chart', 'where'], 'a value, a fact or a setting', known, value);
  }
  if (chart.kind === 'histogram') {
    for (const fact of Object.values(chart.marks))
      expect(['chart', 'marks'], 'a fact', facts, fact);
  }
}
