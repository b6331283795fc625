import { readFile } from 'node:fs/promises';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { counted } from '../counts.js';
import { ConfigError, messageOf } from '../errors.js';
import { didYouMean } from './suggest.js';

/** A YAML file that was read: its value, and where each key of it is. */
export interface Document {
  readonly file: string;
  readonly value: unknown;
  /**
   * The place of the innermost key on the path that the file has, for a message: file and line,
   * counted from 1.
   */
  place(path: readonly PropertyKey[]): string;
}

/**
 * Reads a YAML file.
 * @throws ConfigError when it is not there or is not YAML, with the line
 */
export async function readDocument(file: string): Promise<Document> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ConfigError(
      `${file}: ${missing ? 'expected a file, found none: check the path' : messageOf(error)}`,
      { cause: error },
    );
  }
  return parse(file, text);
}

/** Parses YAML text that came from `file`. */
function parse(file: string, text: string): Document {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new ConfigError(
      `${file}:${lines.linePos(problem.pos[0]).line}: expected YAML, found: ${problem.message}`,
    );
  }
  return {
    file,
    value: document.toJS() ?? {},
    place: (path) => {
      let at: unknown = document.contents;
      let offset: number | undefined;
      for (const key of path) {
        const pair = isMap(at)
          ? at.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
          : undefined;
        const item = isSeq(at) ? at.items[Number(key)] : undefined;
        const named = pair?.key ?? item;
        if (!isNode(named) || !named.range) break;
        offset = named.range[0];
        at = pair === undefined ? item : pair.value;
      }
      return offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
    },
  };
}

/**
 * Checks a document's value (or another, made from it) against a schema.
 * @throws ConfigError with one line for each problem: file, line, key path, what was expected and
 * what was found
 */
export function check<T>(
  schema: z.ZodType<T>,
  document: Document,
  value: unknown = document.value,
): T {
  // describe() says what was expected, unless the schema does
  const error = ({ code }: z.core.$ZodRawIssue) => (OWN_WORDS.has(code) ? '' : undefined);
  const result = schema.safeParse(value, { error });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describe(issue, value, schema));
  throw new ConfigError(
    problems.map(
      ({ path, message }) => `${document.place(path)}: ${path.join('.') || 'the file'}: ${message}`,
    ),
  );
}

/** Keys that hold what nobody may read in a file, however they are spelled. */
export const SECRET_KEY = /secret|password|access_?key|session_?token|credential|^token$/i;

/** For a check that a value holds no secret: the value is not shown. */
export const SECRET = {
  error:
    'expected no secret in this file: the credentials come from AWS_ACCESS_KEY_ID and ' +
    'AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE), or the role of the machine',
  params: { secret: true },
};

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Issues that describe() has words for. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  'invalid_type',
  'invalid_union',
  'invalid_value',
  'too_small',
  'too_big',
]);

/** Kinds of values in the words of someone who writes YAML. */
const IN_YAML: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map',
  record: 'a map',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function describe(issue: z.core.$ZodIssue, value: unknown, schema: z.ZodType): Problem[] {
  const found = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  const shown = found === undefined ? 'nothing' : JSON.stringify(found);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: SECRET_KEY.test(key) ? SECRET.error : unknownKey(key, schema, issue.path),
      }));
    case 'invalid_union': {
      // what is a map was meant to be the one form that is a map
      const meant = issue.errors.find((problems) =>
        problems.every(({ code, path }) => code !== 'invalid_type' || path.length > 0),
      );
      if (meant === undefined || !isPlain(found)) {
        const forms = new Set(issue.errors.flatMap(([first]) => first && expectedOf(first)));
        return [{ path: issue.path, message: told(issue, [...forms].join(' or '), shown) }];
      }
      return meant.flatMap((each) =>
        describe({ ...each, path: [...issue.path, ...each.path] }, value, schema),
      );
    }
    case 'custom':
      return [
        {
          path: issue.path,
          message: issue.params?.secret ? issue.message : `${issue.message}, found ${shown}`,
        },
      ];
    default:
      return [{ path: issue.path, message: told(issue, expectedOf(issue), shown) }];
  }
}

/** @param expected what is said unless the schema has a message of its own */
function told({ message }: z.core.$ZodIssue, expected: string, shown: string): string {
  return message === '' ? `expected ${expected}, found ${shown}` : `${message}, found ${shown}`;
}

/** What a value would have to be, in the words of someone who writes YAML. */
function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return IN_YAML[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? String(issue.values[0])
        : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return (
        (issue.inclusive === false ? 'more than ' : 'at least ') +
        sized(issue.origin, issue.minimum)
      );
    case 'too_big':
      return (
        (issue.inclusive === false ? 'less than ' : 'at most ') + sized(issue.origin, issue.maximum)
      );
    default:
      return issue.message;
  }
}

function sized(origin: string, size: number | bigint): string {
  const of = { array: 'entry', set: 'entry', map: 'entry', string: 'character' }[origin];
  return of === undefined ? String(size) : counted(Number(size), of);
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownKey(key: string, schema: z.ZodType, path: readonly PropertyKey[]): string {
  const known = keysAt(schema, path);
  const place = known.flatMap((each) =>
    keysAt(schema, [each]).includes(key) ? [`${each}.${key}`] : [],
  )[0];
  const meant =
    path.length === 0 && place !== undefined ? `: did you mean ${place}?` : didYouMean(key, known);
  return meant
    ? `expected a known key, found ${key}${meant}`
    : `expected one of ${known.join(', ')}, found ${key}`;
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = formsOf(z.toJSONSchema(schema, { unrepresentable: 'any' }));
  for (const key of path) {
    at = at.flatMap(({ properties = {}, additionalProperties, items }) =>
      [
        properties[String(key)] ?? additionalProperties,
        typeof key === 'number' ? items : undefined,
      ].flatMap(formsOf),
    );
  }
  return [...new Set(at.flatMap(({ properties = {} }) => Object.keys(properties)))].sort();
}

interface Form {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly allOf?: readonly unknown[];
}

/** A JSON Schema and those it is a choice of. */
function formsOf(schema: unknown): Form[] {
  if (!isPlain(schema)) return [];
  const form = schema as Form;
  return [
    form,
    ...[form.anyOf, form.oneOf, form.allOf].flatMap((each) => each ?? []).flatMap(formsOf),
  ];
}
