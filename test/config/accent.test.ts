import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONTRAST, contrastOnLight, onDark } from '../../src/config/accent.js';
import { loadConfig } from '../../src/config/config.js';

test('contrast is as WCAG defines it: black on the light page nearly 21, a colour on itself 1', () => {
  expect(contrastOnLight('#000000')).toBeGreaterThan(18);
  expect(contrastOnLight('#f1efe9')).toBe(1);
});

test('the default accent is readable on the light page', async () => {
  expect(contrastOnLight((await loadConfig()).report.accent)).toBeGreaterThanOrEqual(CONTRAST);
});

test('on the dark page any accent becomes lighter, and is a colour still', () => {
  const colour = fc
    .integer({ min: 0, max: 0xffffff })
    .map((value) => `#${value.toString(16).padStart(6, '0')}`);
  fc.assert(
    fc.property(colour, (accent) => {
      const light = onDark(accent);
      expect(light).toMatch(/^#[0-9a-f]{6}$/);
      expect(contrastOnLight(light)).toBeLessThanOrEqual(contrastOnLight('#777777'));
    }),
  );
});
