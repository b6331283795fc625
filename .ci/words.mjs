// Holds the prose of the repository to the words of docs/glossary.md: node .ci/words.mjs
// Prose is Markdown; comments, texts and patterns of programs; comments and descriptions in YAML
// and SQL.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A word or turn that is not used, and what is written instead. */
const BANNED = [
  [/\banew\b/gi, 'again'],
  [/\bso many\b/gi, 'this many, at most this many'],
  [/\bwhoever\b/gi, 'the person who, anyone who'],
  [/\bmends?\b/gi, 'correct, repair'],
  [/\bstand(?:s|ing)?\b(?!-| (?:in )?for\b)/gi, 'is, is unchanged, existing'],
  [/\bno matter of course\b/gi, 'a coercion'],
  [/\bnone but\b/gi, 'only'],
  [/\btak(?:e|es|en|ing) over what\b/gi, 'reuse'],
  [/\bidentity of a recipe\b/gi, 'fingerprint'],
  [/\bmakes up for\b/gi, 'runs, replaces'],
  [/\bgates on\b/gi, 'blocks'],
  [/\b(?:holds?|held)\b[^.;\n]{0,60}? against\b/gi, 'compare with'],
];

/** Files whose words are not ours to choose, or that list the banned ones. */
const EXCEPTIONS = [
  /^docs\/glossary\.md$/,
  /^\.ci\/words\.mjs$/,
  /^docs\/schema\//,
  /^bench\/peers\//,
  /^test\/fixtures\//,
];

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  .toString()
  .split('\0')
  .filter((file) => /\.(ts|mjs|md|sql|ya?ml)$/.test(file))
  .filter((file) => !EXCEPTIONS.some((each) => each.test(file)));

let broken = 0;
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const prose = /\.(ts|mjs)$/.test(file) ? proseOf(text) : text;
  for (const [word, instead] of BANNED) {
    for (const { 0: found, index } of prose.matchAll(word)) {
      const line = prose.slice(0, index).split('\n').length;
      console.error(`${file}:${line}: expected ${instead}; found "${found}"`);
      broken++;
    }
  }
}
console.log(
  broken === 0 ? `${files.length} files use the words of docs/glossary.md` : `${broken} words`,
);
process.exitCode = broken === 0 ? 0 : 1;

/** A program with blanks in place of all but its comments, texts and patterns: positions stay. */
function proseOf(text) {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
  const kept = new Uint8Array(text.length);
  const visit = (node) => {
    if (
      ts.isStringLiteralLike(node) ||
      ts.isRegularExpressionLiteral(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    )
      kept.fill(1, node.getStart(source), node.end);
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ])
      kept.fill(1, range.pos, range.end);
    ts.forEachChild(node, visit);
  };
  visit(source);
  visit(source.endOfFileToken);
  return text
    .split('')
    .map((unit, i) => (kept[i] === 1 || unit === '\n' ? unit : ' '))
    .join('');
}
