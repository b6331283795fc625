/**
 * Functions that DuckDB and Spark agree on. Anything else is to be tried on both before it is added
 * here.
 */
const COMMON = [
  ...[
    'sum',
    'count',
    'count_star',
    'min',
    'max',
    'array_agg',
    'rank',
    'lag',
    'abs',
    'greatest',
    'least',
    'sqrt',
    'tanh',
  ],
  ...['range', 'nullif', 'coalesce', '+', '-', '*', '/', '||'],
];
/** The vocabulary: what each engine defines in its own way, to the same end. */
const WORDS = [
  ...[
    'parse_timestamp',
    'parse_int',
    'to_int',
    'seconds_between',
    'days_between',
    'business_date',
    'utc_from_local',
  ],
  ...['iso_dow', 'int_div', 'snake_case', 're_replace', 're_test', 'join_sorted'],
];
const FUNCTIONS: ReadonlySet<string> = new Set([...COMMON, ...WORDS]);
const CASTS: ReadonlySet<string> = new Set([
  'BIGINT',
  'INTEGER',
  'DOUBLE',
  'VARCHAR',
  'DATE',
  'DECIMAL',
]);

type Node = { readonly [key: string]: unknown };

/**
 * What in a SELECT may mean something else on another engine, or nothing at all. Pure.
 * @param syntax its tree, as DuckDB writes it as JSON
 */
export function dialectFaults(syntax: unknown, sql: string): string[] {
  const faults = nodesOf(syntax).flatMap(faultsOf);
  if (/\bvarchar\b/i.test(sql)) faults.push('varchar');
  if (/\{\{|\$\{|\{%/.test(sql)) faults.push('templating');
  if (/\bre_(test|replace)\([^']*'(?:[^']|'')*\$'/i.test(sql))
    faults.push('a pattern that ends in $');
  return [...new Set(faults)];
}

/** Every node of a syntax tree. */
export function nodesOf(syntax: unknown): Node[] {
  if (Array.isArray(syntax)) return syntax.flatMap(nodesOf);
  if (typeof syntax !== 'object' || syntax === null) return [];
  return [syntax as Node, ...Object.values(syntax).flatMap(nodesOf)];
}

function faultsOf(node: Node): string[] {
  const faults: string[] = [];
  const { function_name: name, distinct_on_targets: distinct } = node;
  if (typeof name === 'string' && name !== '' && !FUNCTIONS.has(name))
    faults.push(`function ${name}`);
  if (name === 'array_agg' && !node.filter) faults.push('array_agg without filter');
  if (
    'null_order' in node &&
    node.null_order !== 'NULLS LAST' &&
    node.null_order !== 'NULLS_LAST'
  ) {
    faults.push('order by without nulls last');
  }
  if (node.class === 'STAR') faults.push('columns by star');
  if (node.class === 'CAST') {
    const type = String((node.cast_type as Node | undefined)?.id);
    if (node.try_cast === true || !CASTS.has(type)) faults.push(`cast to ${type}`);
  }
  if (Array.isArray(distinct) && distinct.length > 0) faults.push('distinct on');
  if (node.type === 'LIMIT_MODIFIER' || node.type === 'LIMIT_PERCENT_MODIFIER')
    faults.push('limit');
  return faults;
}
