import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** The text of an error that the program throws, with … for each value in it, and its place. */
interface Message {
  readonly place: string;
  readonly text: string;
}

const ROOT = new URL('../src/', import.meta.url);
const messages = readdirSync(ROOT, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.ts'))
  .flatMap(messagesOf);

/** The messages that are written out where an error is made. */
function messagesOf(file: string): Message[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(new URL(file, ROOT), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: Message[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && isError(node.expression.getText(source))) {
      const text = textOf(node.arguments?.[0]);
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      if (text !== undefined) found.push({ place: `src/${file}:${line + 1}`, text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isError(name: string): boolean {
  return /Error$|^(LateExports|Stopped|MissingObject|UnknownOutcome)$/.test(name);
}

function textOf(node: ts.Expression | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…');
}

/** Fragments that another message completes, or that name the only choices there are. */
const COMPLETED_ELSEWHERE = [
  'expected … bytes at … of …',
  'expected an expression that fires within eight years',
  'run-job erase: expected one of --user ID, --lift ID and --list',
  '--to: expected --from with it',
  'expected either --line, or --rule, to say which records',
  '…: expected a folder that can be read',
  'derived: expected false, or a file derived/….sql in a folder of "jobs"',
];

function placesOf(isBroken: (text: string) => boolean): string[] {
  return messages.filter(({ text }) => isBroken(text)).map(({ place, text }) => `${place} ${text}`);
}

test('the messages of the program are found', () => {
  expect(messages.length).toBeGreaterThan(150);
});

test('what was there is called found', () => {
  expect(placesOf((text) => /\bgot\b/.test(text))).toEqual([]);
});

test('a reason begins with because', () => {
  expect(placesOf((text) => /, for (the|its?|a|an|what|tables|…)\b/.test(text))).toEqual([]);
});

test('a place comes before what was expected, in one sentence', () => {
  expect(placesOf((text) => /.\bExpected\b/.test(text))).toEqual([]);
});

test('what was expected is followed by what was found, a reason or what to do', () => {
  const isBare = (text: string): boolean =>
    /expected/i.test(text) &&
    !/expected.*(\bfound\b|\bbecause\b|\bwhich\b|: )|expected one of …/is.test(text) &&
    !COMPLETED_ELSEWHERE.some((known) => text.endsWith(known));
  expect(placesOf(isBare)).toEqual([]);
});

test('a message has no blanks at its ends, and no mark twice', () => {
  expect(placesOf((text) => text !== text.trim() || /[.:]{2}|[^\n] {2}\S/.test(text))).toEqual([]);
});
