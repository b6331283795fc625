/**
 * The lightest and the darkest ground that coloured text is on, in the light and in the dark
 * page.
 */
const LIGHT_GROUND = '#f1efe9';
const DARK_GROUND = '#242b33';

/** What WCAG AA asks of text. */
export const CONTRAST = 4.5;

/** The contrast of a colour (#rrggbb) as text on the light page; 1 is none, 21 black on white. */
export function contrastOnLight(colour: string): number {
  return contrast(colour, LIGHT_GROUND);
}

/**
 * The same hue for the dark page: mixed with as little white as makes text of it readable there.
 */
export function onDark(colour: string): string {
  for (let white = 0; white < 1; white += 0.05) {
    const mixed = channels(colour).map((channel) => Math.round(channel + (255 - channel) * white));
    const text = `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
    if (contrast(text, DARK_GROUND) >= CONTRAST + 1) return text;
  }
  return '#ffffff';
}

function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Relative luminance as WCAG defines it. */
function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}
