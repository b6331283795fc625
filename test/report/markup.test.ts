import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Drawn, drawing, html } from '../../src/report/markup.js';
import { dataIn } from './inflated.js';

describe('escaping', () => {
  test('any text stays text between tags', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [, inside] = /^<p>([^<>]*)<\/p>$/s.exec(`${html`<p>${text}</p>`}`) ?? [];
        expect(unescaped(inside ?? '')).toBe(pictured(text));
      }),
    );
  });

  test('any text stays inside its attribute', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [, inside] =
          /^<td title="([^"<>]*)">x<\/td>$/s.exec(`${html`<td title="${text}">x</td>`}`) ?? [];
        expect(unescaped(inside ?? '')).toBe(pictured(text));
      }),
    );
  });

  test('pieces of HTML and lists of them are not escaped twice', () => {
    const items = ['a & b', '<c>'].map((item) => html`<li>${item}</li>`);
    expect(`${html`<ul>${items}</ul>`}`).toBe('<ul><li>a &amp; b</li><li>&lt;c&gt;</li></ul>');
  });

  test('what only looks like a piece of HTML is refused', () => {
    const forged = { toString: () => '<script>' } as unknown as string;
    expect(() => html`<p>${forged}</p>`).toThrow(TypeError);
  });

  test('a missing value is an error', () => {
    expect(() => html`<p>${undefined as unknown as string}</p>`).toThrow(TypeError);
  });
});

describe('places where escaping would not help are refused', () => {
  test('outside of quotes in a tag', () => {
    expect(() => html`<p ${'onclick=x'}>`).toThrow('double-quoted attribute');
    expect(() => html`<p class=${'x'}>`).toThrow('double-quoted attribute');
    expect(() => html`<p class='${'x'}'>`).toThrow('double-quoted attribute');
  });

  test('text in a style or script', () => {
    expect(() => html`<style>${'p {}'}</style>`).toThrow(TypeError);
    expect(() => html`<script>${'x'}</script>`).toThrow(TypeError);
  });

  test('a piece of HTML in an attribute', () => {
    expect(() => html`<p title="${html`<b>`}">`).toThrow(TypeError);
  });

  test.each([
    'javascript:alert(1)',
    ' javascript:x',
    'https://example.com',
    '//example.com',
    '/etc',
    'data:,',
    '',
  ])('the address %j in a link', (address) => {
    expect(() => html`<a href="${address}">x</a>`).toThrow('relative address');
  });

  test.each([
    'report.json',
    '2026-11-20/report.html',
    '../index.html',
    '#top_features',
    'caf%C3%A9.csv',
  ])('but not the relative address %s', (address) => {
    expect(`${html`<a href="${address}">x</a>`}`).toBe(`<a href="${address}">x</a>`);
  });
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '&',
      '/',
      'script',
      '-->',
      '&lt;',
      '\u202e',
      '\0',
      '=',
      '`',
    ),
  }),
);

function unescaped(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replace(/&([^;&]*);/g, (_, name: string) => characters[name] ?? 'unknown entity');
}

/** Control characters as their pictures. */
function pictured(text: string): string {
  return [...text]
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code === 0x7f) return '␡';
      return code < 0x20 && code !== 9 && code !== 10
        ? String.fromCodePoint(0x2400 + code)
        : character;
    })
    .join('');
}

test('bare rectangles of one look become one path, and others stay as they are', () => {
  const rect = (x: number, more = {}, childNodes: Drawn[] = []): Drawn => ({
    nodeType: 1,
    localName: 'rect',
    attributes: Object.entries({ x, y: 2, width: 3, height: 4.25, ...more }).map(
      ([name, value]) => ({
        name,
        value: String(value),
      }),
    ),
    childNodes,
    textContent: null,
  });
  const title = (text: string): Drawn => ({
    nodeType: 1,
    localName: 'title',
    attributes: [],
    childNodes: [],
    textContent: text,
  });
  const group = (...childNodes: Drawn[]): Drawn => ({
    nodeType: 1,
    localName: 'g',
    attributes: [],
    childNodes,
    textContent: null,
  });
  expect(drawing(group(rect(0), rect(5.04))).toString()).toBe(
    '<g><path d="M0 2h3v4.3h-3zM5 2h3v4.3h-3z"/></g>',
  );
  expect(drawing(group(rect(0, { fill: 'a' }), rect(5, { fill: 'b' }))).toString()).toBe(
    '<g><path fill="a" d="M0 2h3v4.3h-3z"/><path fill="b" d="M5 2h3v4.3h-3z"/></g>',
  );
  const titled = drawing(
    group(rect(0), rect(5, {}, [title('a')]), rect(9, {}, [title('b')])),
  ).toString();
  expect(titled).toContain(
    '<path d="M0 2h3v4.3h-3z"/><path class="t" d="M5 2h3v4.3h-3zM9 2h3v4.3h-3z"/>',
  );
  expect(dataIn(titled)).toEqual([['a', 'b']]);
  expect(drawing(group(rect(0, { rx: 1 }), rect(5, { rx: 1 }))).toString()).not.toContain('path');
});

test('ticks and lines of one look become one path, and a text is where it is moved to', () => {
  const node = (
    localName: string,
    attributes: Record<string, string>,
    childNodes: Drawn[] = [],
  ): Drawn => ({
    nodeType: 1,
    localName,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    childNodes,
    textContent: null,
  });
  const text: Drawn = { nodeType: 3, childNodes: [], textContent: '5 & 6' };
  const tick = (x: number) => node('path', { d: 'M0,0L0,6', transform: `translate(${x},2)` });
  const line = (y: string) => node('line', { x1: '0', x2: '9', y1: y, y2: y });
  const drawn = drawing(
    node('g', {}, [tick(1), tick(2), line('3'), line('4'), node('path', { d: 'M0,0L1,1L2,2' })]),
  );
  expect(`${drawn}`).toBe(
    '<g><path d="M1 2l0 6M2 2l0 6M0 3L9 3M0 4L9 4"/><path d="M0,0L1,1L2,2"/></g>',
  );
  const moved = node('g', {}, [
    node('text', { transform: 'translate(3.14,4)', y: '0.32em' }, [text]),
  ]);
  expect(`${drawing(moved)}`).toBe('<g><text x="3.1" y="4" dy="0.3em">5 &amp; 6</text></g>');
  const turned = node('g', {}, [
    node('text', { transform: 'translate(3,4) rotate(-45)', y: '1em' }, [text]),
  ]);
  expect(`${drawing(turned)}`).toContain('transform="translate(3,4) rotate(-45)"');
  const lines = node('g', {}, [
    node('text', { transform: 'translate(3,4)' }, [node('tspan', { x: '0' }, [text])]),
  ]);
  expect(`${drawing(lines)}`).toContain('<text transform="translate(3,4)"><tspan x="0">');
});
