import { identifier } from '../engine/engine.js';
import type { Model, ModelColumn, Read } from '../model/model.js';
import { hasKey } from './keys.js';
import type { Source } from './source.js';

/**
 * What contracts promise of clean tables; the names under which the configuration sets how grave a
 * breach is.
 */
export const CONTRACT_RULES = ['accepted', 'ids', 'missing', 'unique'] as const;

const COLUMNS: readonly ModelColumn[] = [
  {
    name: 'rule',
    type: 'text',
    unit: '',
    description: 'what the contract promises: accepted, ids, missing or unique',
  },
  { name: 'checked', type: 'text', unit: '', description: 'the table and its columns' },
  { name: 'violations', type: 'integer', unit: 'rows', description: 'rows that break it' },
  { name: 'all_rows', type: 'integer', unit: 'rows', description: 'rows that were looked at' },
];
const DATE: ModelColumn = {
  name: 'event_date',
  type: 'date',
  unit: '',
  description: 'business date',
};

/**
 * The checks that follow from the contracts, as models: `dated_contracts` looks at each date of the
 * tables that are kept by date, `undated_contracts` at the others as a whole. Only what a clean
 * table really has is looked at, for a deployment may have a model of its own for it.
 */
export function contractChecks(
  sources: readonly Source[],
  models: readonly Model[],
  rules: readonly string[] = CONTRACT_RULES,
): Model[] {
  return (['event_date', 'all'] as const).flatMap((partition) => {
    const tables = sources.flatMap((source) => {
      const clean = models.find(({ layer, name }) => layer === 'clean' && name === source.table);
      if (clean === undefined || source.partition !== partition) return [];
      return { source, columns: new Set(clean.columns.map(({ name }) => name)) };
    });
    const parts = tables.map(({ source, columns }) => partsOf(source, columns, rules));
    const checks = parts.flatMap((each) => each.checks);
    if (checks.length === 0) return [];
    const isDated = partition === 'event_date';
    const date = isDated ? ['event_date'] : [];
    const reach = isDated ? 'same' : 'until';
    const columns = [...(isDated ? [DATE] : []), ...COLUMNS];
    const order = [...date, 'rule', 'checked'].map((name) => `${name} nulls last`).join(', ');
    return {
      name: isDated ? 'dated_contracts' : 'undated_contracts',
      layer: 'checks',
      file: 'the contracts in jobs/clean',
      kind: 'about',
      rules,
      text: 'Rows that break what the contract of their table promises.',
      grain: [...date, 'rule', 'checked'],
      reads: tables.map(({ source }): Read => ({ schema: 'clean', table: source.table, reach })),
      columns,
      sql: `with ${parts.map(({ counts }) => counts).join(',\n')},
checks as (
${checks.join('\nunion all\n')}
)
select ${columns.map(({ name }) => name).join(', ')} from checks order by ${order}`,
    };
  });
}

/**
 * A CTE that counts what may break a contract, in one pass, and the SELECTs that pick what does.
 */
function partsOf(
  source: Source,
  columns: ReadonlySet<string>,
  rules: readonly string[],
): { counts: string; checks: string[] } {
  const { table, partition } = source;
  const date = partition === 'event_date' ? ['event_date'] : [];
  const group = date.length === 0 ? '' : ' group by event_date';
  const counts: string[] = [];
  const checks: string[] = [];
  const add = (
    rule: string,
    names: readonly string[],
    counted: string,
    breaks: (violations: string) => string,
  ) => {
    if (!rules.includes(rule)) return;
    const violations = `violations_${counts.length}`;
    counts.push(`${counted} as ${violations}`);
    const checked = literal(`${table}.${names.join('+')}`);
    checks.push(
      `select ${[...date, `${literal(rule)} as rule`, `${checked} as checked`].join(', ')}, ` +
        `cast(${violations} as bigint) as violations, cast(all_rows as bigint) as all_rows ` +
        `from ${table}_counts where ${breaks(violations)}`,
    );
  };
  for (const { name, type, required, accepted, default: fallback, max_missing } of source.columns) {
    if (!columns.has(name)) continue;
    if (type === 'text' && name.endsWith('_id')) {
      const written = `count(*) filter (where re_test(${identifier(name)}, '^[0-9]+[.]0+$'))`;
      add('ids', [name], written, (n) => `${n} > 0`);
    }
    if (required || max_missing !== undefined) {
      const isFallback =
        max_missing === undefined || fallback === undefined
          ? ''
          : ` or ${identifier(name)} = ${literal(fallback)}`;
      const share = max_missing ?? 0;
      add(
        'missing',
        [name],
        `count(*) filter (where ${identifier(name)} is null${isFallback})`,
        (n) => `${n} > ${share} * all_rows`,
      );
    }
    if (accepted !== undefined)
      add(
        'accepted',
        [name],
        `count(*) filter (where ${identifier(name)} not in (${accepted.map(literal).join(', ')}))`,
        (n) => `${n} > 0`,
      );
  }
  // rows of counters are differences, and never the same
  const isKeyed = rules.includes('unique') && source.delivery !== 'counter';
  for (const [i, key] of isKeyed ? source.key.entries() : []) {
    if (![...key, ...source.key.slice(0, i).flat()].every((name) => columns.has(name))) continue;
    const groups = [...date, ...key.map(identifier)].join(', ');
    const twice =
      `(select ${groups}, count(*) as n from clean.${table} where ${hasKey(source, key)} group ` +
      `by ${groups} having count(*) > 1)`;
    const checked = literal(`${table}.${key.join('+')}`);
    checks.push(
      `select ${[...date, `'unique' as rule`, `${checked} as checked`].join(', ')}, ` +
        'cast(sum(n) - count(*) as bigint) as violations, cast(sum(n) as bigint) as all_rows ' +
        `from ${twice} as twice${group || ' having count(*) > 0'}`,
    );
  }
  const all = [...date, 'count(*) as all_rows', ...counts].join(', ');
  return { counts: `${table}_counts as (select ${all} from clean.${table}${group})`, checks };
}

function literal(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
