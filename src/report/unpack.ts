import { html } from './markup.js';

/** A function for the script of the page, `unpack`, that gives back the text of `packed`: digits of base 89. */
export const UNPACK = html`
const unpack = (packed) => {
  const digit = (i) => { const code = packed.charCodeAt(i) - 35; return code - (code > 25) - (code > 57); };
  const text = [];
  for (let i = 0; i < packed.length; i++) {
    if (packed[i] !== '~') { text.push(packed[i]); continue; }
    if (packed[i + 1] === '~') { text.push('~'); i++; continue; }
    const from = text.length - digit(i + 1) - 89 * digit(i + 2) - 7921 * digit(i + 3);
    const length = 6 + digit(i + 4);
    for (let k = 0; k < length; k++) text.push(text[from + k]);
    i += 4;
  }
  return text.join('');
};
`;
