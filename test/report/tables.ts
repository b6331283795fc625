import { Table, tableToIPC } from 'apache-arrow';
import { type Section, sectionSchema } from '../../src/model/section.js';
import { arrowBatch, arrowSchema } from '../../src/report/arrow.js';
import {
  type Branding,
  cellOf,
  type Report,
  type ReportTable,
  type Row,
} from '../../src/report/report.js';

export const LOOK: Branding = {
  title: 'Dayfold',
  logo: null,
  accent: '#0b6b63',
  locale: 'en-US',
  cards: ['active_users', 'activities', 'sessions', 'average_session_seconds', 'tickets_created'],
};

/** How a report is shown whose deployment says nothing of it. */
export const PLAIN: Section = sectionSchema.parse({});

/** A table with a column of each type. */
export function everyType(rows: readonly Row[]): ReportTable {
  return {
    name: 'every_type',
    question: 'What does each type look like?',
    columns: [
      { name: 'user_id', type: 'integer', id: true, unit: '', description: 'the user' },
      { name: 'sessions', type: 'integer', unit: 'sessions', description: 'how many' },
      {
        name: 'average_seconds',
        type: 'double',
        unit: 'seconds',
        description: 'how long, on average',
      },
      { name: 'feature_name', type: 'text', unit: '', description: 'the feature' },
      { name: 'event_date', type: 'date', unit: '', description: 'the day' },
      { name: 'last_login_at', type: 'timestamp', unit: '', description: 'the last login, UTC' },
      { name: 'is_active', type: 'boolean', unit: '', description: 'seen in 30 days' },
    ],
    rows,
    rowCount: rows.length,
    sql: 'select 1 < 2',
    section: PLAIN,
  };
}

export const FULL: Row = {
  user_id: 1001,
  sessions: 1_234_567,
  average_seconds: 3912.25,
  feature_name: 'csv_export',
  event_date: '2026-11-20',
  last_login_at: '2026-11-20T16:01:59Z',
  is_active: true,
};

export const EMPTY: Row = {
  user_id: null,
  sessions: null,
  average_seconds: null,
  feature_name: null,
  event_date: null,
  last_login_at: null,
  is_active: null,
};

export function textTable(texts: readonly (string | null)[]): ReportTable {
  return {
    name: 'texts',
    question: 'Which texts?',
    columns: [
      { name: 'row', type: 'integer', unit: '', description: 'number of the row' },
      { name: 'text', type: 'text', unit: '', description: 'a text' },
    ],
    rows: texts.map((text, row) => ({ row, text })),
    rowCount: texts.length,
    sql: '',
    section: PLAIN,
  };
}

export function reportOf(...tables: ReportTable[]): Report {
  return {
    asOf: '2026-11-20',
    timeZone: 'Europe/Berlin',
    finalThrough: '2026-11-20',
    tables,
    ledger: [],
    drift: [],
    newest: {},
    checks: [],
    notes: [],
    previous: null,
    next: null,
    edition: '0123456789ab',
    restated: [],
    restatedSince: [],
    look: LOOK,
  };
}

/** A table as an Arrow IPC file of one batch. */
export function toArrow({ columns, rows }: ReportTable): Uint8Array {
  const schema = arrowSchema(columns);
  return tableToIPC(
    new Table(schema, [
      arrowBatch(
        schema,
        columns,
        columns.map((column) => rows.map((row) => cellOf(row, column))),
      ),
    ]),
    'file',
  );
}
