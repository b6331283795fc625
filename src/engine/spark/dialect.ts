/**
 * The schemas of the relations that models read. A temporary view has no schema: `clean.users` is
 * the view clean__users.
 */
const SCHEMAS = ['staged', 'clean', 'daily', 'rolling', 'previous'];

/**
 * Comments, literals and quoted names, each as one token; then words, blanks and any other
 * character.
 */
const TOKEN = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\s+|[^\w\s]/g;

/** What each of our SQL types is called. */
export const SPARK_TYPE: Readonly<Record<string, string>> = {
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  VARCHAR: 'STRING',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP_NTZ',
  BOOLEAN: 'BOOLEAN',
};

/** A name in Spark SQL, whatever is set for double quotes. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A text as a literal, in which a backslash would be an escape. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

export function viewName(schema: string, table: string): string {
  return `${schema}__${table}`;
}

/** Text that runs on Spark, of the common SQL of the models. Pure. */
export function toSpark(sql: string): string {
  const tokens = tokensOf(sql);
  let written = '';
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? '';
    const table =
      isFrom(written) && SCHEMAS.includes(token.toLowerCase()) && tokens[i + 1] === '.'
        ? tokens[i + 2]
        : undefined;
    if (table !== undefined) {
      written += viewName(token.toLowerCase(), table);
      i += 2;
      if (!hasAlias(tokens, i)) written += ` as ${table}`;
    } else {
      written += token.startsWith("'") ? token.replaceAll('\\', '\\\\') : token;
    }
  }
  return written;
}

function isFrom(before: string): boolean {
  return /\b(from|join)\s+$/i.test(before);
}

function hasAlias(tokens: readonly string[], i: number): boolean {
  const next = tokens.slice(i + 1).find((token) => token.trim() !== '') ?? '';
  return next.toLowerCase() === 'as';
}

/** A SELECT apart from the ORDER BY that it ends with. */
export interface Ordered {
  readonly body: string;
  /** undefined where it ends with none, or with a LIMIT, which needs the order that it has */
  readonly order: string | undefined;
}

/**
 * Takes the last ORDER BY off a SELECT, which an engine that spreads rows applies in another way.
 * Pure.
 */
export function splitOrder(sql: string): Ordered {
  const tokens = tokensOf(sql);
  let depth = 0;
  let at: number | undefined;
  let by = 0;
  for (const [i, token] of tokens.entries()) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (depth > 0) continue;
    const word = token.toLowerCase();
    if (word === 'order') {
      at = i;
      by = tokens.findIndex((each, j) => j > i && each.toLowerCase() === 'by');
    }
    // what comes after it makes it the order of something else
    if (['limit', 'offset', 'fetch', 'union', 'except', 'intersect', 'select'].includes(word))
      at = undefined;
  }
  if (at === undefined) return { body: sql, order: undefined };
  return {
    body: tokens.slice(0, at).join('').trimEnd(),
    order: tokens
      .slice(by + 1)
      .join('')
      .trim(),
  };
}

/** The tokens of a SELECT, without comments. */
function tokensOf(sql: string): string[] {
  return (sql.match(TOKEN) ?? []).map((token) =>
    token.startsWith('--') || token.startsWith('/*') ? ' ' : token,
  );
}
