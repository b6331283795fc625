import { packed } from './packed.js';

/** A piece of HTML. Only the `html` template makes one, so text from outside cannot pass for it. */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Markup };

export type Content = string | number | bigint | Markup | readonly Content[];

/**
 * HTML from a template. Every value is escaped, except pieces of HTML that this template made. In a tag a value may stand
 * only inside a double-quoted attribute, and in `href` or `src` only as a relative address: anything else throws.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let before = '';
  let text = '';
  for (const [index, chunk] of strings.entries()) {
    before += chunk;
    text += chunk;
    const value = values[index];
    if (value !== undefined) text += render(value, placeAfter(before));
    else if (index < values.length)
      throw new TypeError(`Expected a value after ${JSON.stringify(chunk)}, found nothing`);
  }
  return new Markup(text);
}

/** Data for the script of the page, which no browser runs: packed JSON, as a JSON text. */
export function dataBlock(value: unknown, id?: string): Markup {
  const text = JSON.stringify(packed(JSON.stringify(value))).replaceAll('<', '\\u003c');
  return new Markup(`<script type="application/json"${id === undefined ? '' : ` id="${id}"`}>${text}</script>`);
}

/** What a drawing may be made of; anything else, such as styles, scripts and references, is left out. */
const DRAWN = new Set(['svg', 'g', 'path', 'rect', 'line', 'circle', 'text', 'tspan']);
const ATTRIBUTES = new Set([
  ...[
    'viewBox',
    'width',
    'height',
    'x',
    'y',
    'x1',
    'x2',
    'y1',
    'y2',
    'cx',
    'cy',
    'r',
    'rx',
    'd',
    'dx',
    'dy',
    'transform',
  ],
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'stroke-linecap'],
  ...['stroke-linejoin', 'text-anchor', 'font-weight', 'font-variant', 'opacity', 'paint-order'],
]);

/** What a library made of a drawing: an element of it, or the text in one. Part of the interfaces of the DOM. */
export interface Drawn {
  readonly nodeType: number;
  readonly localName?: string;
  readonly attributes?: Iterable<{ readonly name: string; readonly value: string }>;
  readonly childNodes: Iterable<Drawn>;
  readonly textContent: string | null;
}

const TEXT_NODE = 3; // Node.TEXT_NODE

/**
 * A drawing as HTML: its shapes and texts alone, lengths to a tenth of a pixel. What shows when a shape is pointed at is data
 * for the script, in the order of the shapes of class `t`.
 */
export function drawing(node: Drawn): Markup {
  const titles: string[] = [];
  const svg = drawn(node, titles);
  return new Markup(titles.length === 0 ? svg : `${svg}${dataBlock(titles)}`);
}

function drawn(node: Drawn, titles: string[]): string {
  const { nodeType, localName = '', attributes, textContent } = node;
  if (nodeType === TEXT_NODE) return escaped(textContent ?? '');
  if (!DRAWN.has(localName)) return '';
  const title = [...node.childNodes].find((child) => child.localName === 'title');
  if (title !== undefined) titles.push(escapedControls(title.textContent ?? ''));
  const childNodes = [...node.childNodes].filter((child) => child !== title);
  const written = Array.from(attributes ?? [])
    .filter(({ name }) => ATTRIBUTES.has(name))
    .map(({ name, value }) => ` ${name}="${escaped(value.replace(/-?\d+\.\d+/g, tenth))}"`);
  if (title !== undefined) written.unshift(' class="t"');
  const content = drawnAll(childNodes, titles);
  return content === ''
    ? `<${localName}${written.join('')}/>`
    : `<${localName}${written.join('')}>${content}</${localName}>`;
}

/** Neighbours that are rectangles of one look, without a text to hover for, are drawn as one path: charts have many. */
function drawnAll(nodes: readonly Drawn[], titles: string[]): string {
  let text = '';
  for (let i = 0; i < nodes.length; ) {
    const look = lookOf(nodes[i] as Drawn);
    let end = i + 1;
    while (look !== undefined && end < nodes.length && lookOf(nodes[end] as Drawn) === look) end += 1;
    const path = nodes.slice(i, end).map(outline).join('');
    text += end - i > 1 ? `<path${look} d="${path}"/>` : drawn(nodes[i] as Drawn, titles);
    i = end;
  }
  return text;
}

const PLACE = new Set(['x', 'y', 'width', 'height']);

/** What a bare rectangle looks like, wherever it is; undefined for anything else. */
function lookOf({ localName, attributes, childNodes }: Drawn): string | undefined {
  const all = [...(attributes ?? [])];
  if (localName !== 'rect' || [...childNodes].length > 0 || all.some(({ name }) => name === 'rx')) return undefined;
  const look = all.filter(({ name }) => ATTRIBUTES.has(name) && !PLACE.has(name));
  return look.map(({ name, value }) => ` ${name}="${escaped(value)}"`).join('');
}

function outline({ attributes }: Drawn): string {
  const at = Object.fromEntries(Array.from(attributes ?? [], ({ name, value }) => [name, tenth(value)]));
  return `M${at.x} ${at.y}h${at.width}v${at.height}h-${at.width}z`;
}

function tenth(number: string): string {
  return String(Math.round(Number(number) * 10) / 10);
}

type Place = 'content' | 'attribute' | 'address' | 'style';

function placeAfter(before: string): Place {
  const tag = before.lastIndexOf('<');
  if (tag <= before.lastIndexOf('>')) return /<(style|script)\b[^<]*$/i.test(before) ? 'style' : 'content';
  const opened = before.slice(tag);
  if (opened.split('"').length % 2 === 1) throw new TypeError(`Expected a double-quoted attribute after ${opened}`);
  return /\b(href|src)="$/.test(opened) ? 'address' : 'attribute';
}

function render(value: Content, place: Place): string {
  if (value instanceof Markup && (place === 'content' || place === 'style')) return value.toString();
  if (place === 'style' || value instanceof Markup)
    throw new TypeError(`Expected another value in ${place}, found ${value}`);
  if (typeof value === 'object') return value.map((item) => render(item, place)).join('');
  const text = String(value);
  if (place === 'address' && !isRelative(text) && !IMAGE.test(text))
    throw new TypeError(`Expected a relative address, found ${text}`);
  return escaped(text);
}

/** An image that stands in the page itself; as one, not even SVG can run anything. */
const IMAGE = /^data:image\/(png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}$/;

/** True for a fragment or a path below or above the page, such as encodeURIComponent leaves it; never for a scheme. */
function isRelative(address: string): boolean {
  return /^(#\S*|(?!\/)[\w./%~!*'()-]+)$/.test(address);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Control characters, which HTML cannot hold, become their pictures: ␀, ␍, ␛. */
function escaped(text: string): string {
  return escapedControls(text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? ''));
}

function escapedControls(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\u0080-\u009f]/gu, (control) => {
    const code = control.charCodeAt(0);
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
  });
}
