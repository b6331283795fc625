import { deflateSync, strToU8 } from 'fflate';

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
 * HTML from a template. Every value is escaped, except pieces of HTML that this template made. In a
 * tag a value may be only inside a double-quoted attribute, and in `href` or `src` only as a
 * relative address: anything else throws.
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

/**
 * Data for the script of the page, which no browser runs: JSON, deflated and written in base64. The
 * zlib of Node gives other bytes on other processors, and a page must not.
 */
export function dataBlock(value: unknown): Markup {
  const deflated = Buffer.from(deflateSync(strToU8(JSON.stringify(value)), { level: 9 })).toString(
    'base64',
  );
  return new Markup(`<script type="application/octet-stream">${deflated}</script>`);
}

/**
 * What a drawing may be made of; anything else, such as styles, scripts and references, is left
 * out.
 */
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
  ...[
    'fill',
    'fill-opacity',
    'stroke',
    'stroke-width',
    'stroke-opacity',
    'stroke-dasharray',
    'stroke-linecap',
  ],
  ...['stroke-linejoin', 'text-anchor', 'font-weight', 'font-variant', 'opacity', 'paint-order'],
]);

/**
 * What a library made of a drawing: an element of it, or the text in one. Part of the interfaces of
 * the DOM.
 */
export interface Drawn {
  readonly nodeType: number;
  readonly localName?: string;
  readonly attributes?: Iterable<{ readonly name: string; readonly value: string }>;
  readonly childNodes: Iterable<Drawn>;
  readonly textContent: string | null;
}

const TEXT_NODE = 3; // Node.TEXT_NODE

/**
 * A drawing as HTML: its shapes and texts alone, lengths to a tenth of a pixel. What shows when a
 * shape is pointed at is data for the script, in the order of the shapes of class `t`.
 */
export function drawing(node: Drawn): Markup {
  const titles: string[] = [];
  const svg = drawn(node, titles);
  return new Markup(titles.length === 0 ? svg : `${svg}${dataBlock(titles)}`);
}

function drawn(node: Drawn, titles: string[]): string {
  const { nodeType, localName = '', textContent } = node;
  if (nodeType === TEXT_NODE) return escaped(textContent ?? '');
  if (!DRAWN.has(localName)) return '';
  const title = titleOf(node);
  if (title !== undefined) titles.push(title);
  const childNodes = [...node.childNodes].filter((child) => child.localName !== 'title');
  const written = placed(node)
    .filter(({ name }) => ATTRIBUTES.has(name))
    .map(({ name, value }) => ` ${name}="${escaped(value.replace(/-?\d+\.\d+/g, tenth))}"`);
  if (title !== undefined) written.unshift(' class="t"');
  const content = drawnAll(childNodes, titles);
  return content === ''
    ? `<${localName}${written.join('')}/>`
    : `<${localName}${written.join('')}>${content}</${localName}>`;
}

type Attribute = { readonly name: string; readonly value: string };

/**
 * A text of one line that is moved, and has no place of its own, is put where it is moved to, which
 * is shorter.
 */
function placed({ localName, attributes, childNodes }: Drawn): readonly Attribute[] {
  const all = [...(attributes ?? [])];
  const [, x, y] = MOVED.exec(all.find(({ name }) => name === 'transform')?.value ?? '') ?? [];
  const isLine =
    localName === 'text' && [...childNodes].every(({ nodeType }) => nodeType === TEXT_NODE);
  if (!isLine || x === undefined || y === undefined || all.some(({ name }) => name === 'x'))
    return all;
  const rest = all.flatMap(({ name, value }) =>
    name === 'transform' ? [] : { name: name === 'y' ? 'dy' : name, value },
  );
  return [{ name: 'x', value: x }, { name: 'y', value: y }, ...rest];
}

/**
 * Neighbours of one look are drawn as one path, because charts have many. The script takes those
 * with titles apart: each piece that begins with M has one.
 */
function drawnAll(nodes: readonly Drawn[], titles: string[]): string {
  let text = '';
  for (let i = 0; i < nodes.length; ) {
    const look = styleOf(nodes[i] as Drawn);
    let end = i + 1;
    while (look !== undefined && end < nodes.length && styleOf(nodes[end] as Drawn) === look)
      end += 1;
    const alike = nodes.slice(i, end);
    if (look === undefined) text += drawn(nodes[i] as Drawn, titles);
    else {
      titles.push(...alike.flatMap((node) => titleOf(node) ?? []));
      text += `<path${look} d="${alike.map(outline).join('')}"/>`;
    }
    i = end;
  }
  return text;
}

function titleOf({ childNodes }: Drawn): string | undefined {
  const title = [...childNodes].find((child) => child.localName === 'title');
  return title === undefined ? undefined : escapedControls(title.textContent ?? '');
}

/** The attributes that say where a shape is that a path may draw. */
const PLACES: Readonly<Record<string, ReadonlySet<string>>> = {
  rect: new Set(['x', 'y', 'width', 'height']),
  line: new Set(['x1', 'y1', 'x2', 'y2']),
  path: new Set(['d', 'transform']),
};

/**
 * What a rectangle with square corners, a line or a tick looks like, wherever it is; undefined for
 * anything else.
 */
function styleOf(node: Drawn): string | undefined {
  const { localName = '', attributes, childNodes } = node;
  const place = PLACES[localName];
  const all = [...(attributes ?? [])];
  const isBare = [...childNodes].every((child) => child.localName === 'title');
  if (
    place === undefined ||
    !isBare ||
    all.some(({ name }) => name === 'rx') ||
    outline(node) === ''
  )
    return undefined;
  const look = all.filter(({ name }) => ATTRIBUTES.has(name) && !place.has(name));
  const written = look.map(({ name, value }) => ` ${name}="${escaped(value)}"`).join('');
  return titleOf(node) === undefined ? written : ` class="t"${written}`;
}

/** The shape as a piece of a path; empty for a path that is no tick. */
function outline({ localName, attributes }: Drawn): string {
  const at = Object.fromEntries(Array.from(attributes ?? [], ({ name, value }) => [name, value]));
  const n = (name: string) => tenth(at[name] ?? '0');
  if (localName === 'rect')
    return `M${n('x')} ${n('y')}h${n('width')}v${n('height')}h-${n('width')}z`;
  if (localName === 'line') return `M${n('x1')} ${n('y1')}L${n('x2')} ${n('y2')}`;
  const [, x, y] = MOVED.exec(at.transform ?? '') ?? [];
  const [, right, down] = /^M0,0L(-?[\d.]+),(-?[\d.]+)$/.exec(at.d ?? '') ?? [];
  return x === undefined || right === undefined
    ? ''
    : `M${tenth(x)} ${tenth(y)}l${tenth(right)} ${tenth(down)}`;
}

const MOVED = /^translate\((-?[\d.]+),(-?[\d.]+)\)$/;

function tenth(number = '0'): string {
  return String(Math.round(Number(number) * 10) / 10);
}

type Place = 'content' | 'attribute' | 'address' | 'style';

function placeAfter(before: string): Place {
  const tag = before.lastIndexOf('<');
  if (tag <= before.lastIndexOf('>'))
    return /<(style|script)\b[^<]*$/i.test(before) ? 'style' : 'content';
  const opened = before.slice(tag);
  if (opened.split('"').length % 2 === 1)
    throw new TypeError(`Expected a double-quoted attribute, found ${opened}`);
  return /\b(href|src)="$/.test(opened) ? 'address' : 'attribute';
}

function render(value: Content, place: Place): string {
  if (value instanceof Markup && (place === 'content' || place === 'style'))
    return value.toString();
  if (place === 'style' || value instanceof Markup)
    throw new TypeError(`Expected another value in ${place}, found ${value}`);
  if (typeof value === 'object') return value.map((item) => render(item, place)).join('');
  const text = String(value);
  if (place === 'address' && !isRelative(text) && !IMAGE.test(text))
    throw new TypeError(`Expected a relative address, found ${text}`);
  return escaped(text);
}

/** An image that is in the page itself; as one, not even SVG can run anything. */
const IMAGE = /^data:image\/(png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}$/;

/**
 * True for a fragment or a path below or above the page, such as encodeURIComponent leaves it;
 * never for a scheme.
 */
function isRelative(address: string): boolean {
  return /^(#\S*|(?!\/)[\w./%~!*'()-]+)$/.test(address);
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

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
