import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** A text of the program, with … for each value in it, and its place. */
interface Text {
  readonly place: string;
  readonly text: string;
}

const ROOT = new URL('../src/', import.meta.url);
const sources = readdirSync(ROOT, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.ts') && !file.includes('wasm/'))
  .map((file) =>
    ts.createSourceFile(
      `src/${file}`,
      readFileSync(new URL(file, ROOT), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    ),
  );

/** Functions that make an error of a text, or put one in a list of problems. */
const MAKES_ERROR = /(^|[.#])(fail|refuse)$/;
const ERROR = /Error$|^(LateExports|Stopped|MissingObject|UnknownOutcome)$/;

/**
 * All error messages: what an error is made of, and every other text that says what was expected.
 * A word without blanks is a key or a rule.
 */
const messages = sources.flatMap((source) =>
  textsIn(source, (node) => {
    if (ts.isNewExpression(node) && ERROR.test(node.expression.getText(source)))
      return textsOf(node.arguments?.[0]);
    if (ts.isCallExpression(node) && MAKES_ERROR.test(node.expression.getText(source)))
      return node.arguments.flatMap(textsOf).filter((text) => text.includes(' '));
    return textsOf(node).filter((text) => /\bexpected /i.test(text));
  }),
);

/** The outermost texts that `find` finds; what they are made of is not looked at again. */
function textsIn(source: ts.SourceFile, find: (node: ts.Node) => string[]): Text[] {
  const found: Text[] = [];
  const visit = (node: ts.Node): void => {
    const texts = find(node);
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.push(...texts.map((text) => ({ place: `${source.fileName}:${line + 1}`, text })));
    if (texts.length === 0) ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What a text can be: one for each choice in it, none where it is not written out here. */
function textsOf(node: ts.Node | undefined): string[] {
  if (node === undefined) return [];
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isConditionalExpression(node))
    return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(textsOf);
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce(
      (texts, { expression, literal }) =>
        texts.flatMap((text) => valuesOf(expression).map((value) => text + value + literal.text)),
      [node.head.text],
    );
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return valuesOf(node.left).flatMap((left) => valuesOf(node.right).map((right) => left + right));
  }
  return [];
}

/** What stands for a value: `2 rows` for a count of rows, … for anything that is not a text. */
function valuesOf(node: ts.Expression): string[] {
  if (ts.isCallExpression(node) && node.expression.getText() === 'counted') {
    const [, what] = node.arguments;
    return textsOf(what).map((text) => `2 ${text}s`);
  }
  const texts = textsOf(node);
  return texts.length === 0 ? ['…'] : texts;
}

function broken(texts: readonly Text[], isBroken: (text: string) => boolean): string[] {
  return texts.filter(({ text }) => isBroken(text)).map(({ place, text }) => `${place} ${text}`);
}

/** Descriptions in schemas, which only have the word. */
const DESCRIPTION = /a form that was not expected|^What was expected, /;

/** What happened, where nothing was expected: a reason and what to do follow. */
const EVENTS = [
  /^(cannot|could not) .*: ./i,
  /^Stopped on request/,
  /^Another run .*: .*run again/,
  /^(The disk is full|The engine needs more memory|Spark at … failed|Quality gate).*: ./,
  /unknown whether this release was published .*: ./,
  /a second Parquet reader disagrees .*: …/,
];

/** Texts that another one completes. */
const COMPLETED = [
  // src/config/document.ts adds the key, and what was found there
  /^src\/(config\/schema|model\/(contract|section))\.ts:/,
  // and src/store/open.ts what was found
  /^src\/store\/settings\.ts:/,
  // what was expected or found, for "expected … on line 7, found …"
  /^src\/ingest\/(json\/array|csv\/recognise)\.ts:\d+ (an?|one|more|nothing|the end) /,
  // what was found, for "expected a complete gzip file, found …"
  /^src\/ingest\/packing\/(unpack|zip|zstd)\.ts:\d+ (a wrong|other bytes|the end)/,
  // the message of another error, and one for each of several mistakes
  /^src\/(inspect\/preflight|tables\/reports\/branding|store\/open|model\/header)\.ts:\d+ ….*…/,
  // a limit of the system, whose texts say what to do
  /^src\/(errors|engine\/duckdb\/session)\.ts:\d+ … \(…\)$/,
];

function isForm(text: string): boolean {
  return /expected.*(\bfound\b|\bbecause\b|\bwhich\b|: |; )/is.test(text);
}

test('the messages of the program are found', () => {
  expect(messages.length).toBeGreaterThan(300);
});

test('a message says what was expected, and what was found, why or what to do', () => {
  const others = messages.filter(
    ({ place, text }) =>
      !isForm(text) &&
      !DESCRIPTION.test(text) &&
      !EVENTS.some((event) => event.test(text)) &&
      !COMPLETED.some((known) => known.test(`${place} ${text}`)),
  );
  expect(broken(others, () => true)).toEqual([]);
});

test('what was there is called found', () => {
  expect(broken(messages, (text) => /\bgot\b/.test(text))).toEqual([]);
});

test('a reason begins with because', () => {
  const isOther = (text: string) =>
    /, for (the|its?|a|an|what|tables|only|…)\b|, since /.test(text);
  expect(broken(messages, isOther)).toEqual([]);
});

test('a place comes before what was expected, in one sentence', () => {
  expect(broken(messages, (text) => /.\bExpected\b/.test(text.replace(/^…:…: /, '')))).toEqual([]);
});

test('a message has no blanks at its ends, and no mark twice', () => {
  const isUntidy = (text: string) =>
    text !== text.trim() || /[.:]{2}(?!.?`)|[^\n] {2}\S/.test(text);
  expect(broken(messages, isUntidy)).toEqual([]);
});

test('a count and its noun agree', () => {
  const nouns =
    'bytes|columns|commits|copies|dates|exports|fields|files|keys|lines|nights|objects|partitions|' +
    'people|records|releases|reports|rows|strays|tables|times|users|values|violations|versions';
  const isUncounted = (text: string) => new RegExp(`… (\\w+ )?(${nouns})\\b(?!\\.)`).test(text);
  expect(broken(messages, isUncounted)).toEqual([]);
});
