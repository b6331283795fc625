import { createHash } from 'node:crypto';
import { html, type Markup } from './markup.js';
import { SCRIPT } from './script.js';
import { style } from './style.js';

/**
 * A whole page around a body: nothing is loaded, and nothing runs but the script of the page. Light
 * or dark as the reader's system is.
 */
export function page(title: string, body: Markup, accent: string): string {
  const rules = style(accent);
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hash(rules)}'; script-src '${hash(SCRIPT)}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${rules}</style>
</head>
<body>
${body}
<script type="module">${SCRIPT}</script>
</body>
</html>
`;
  return document.toString();
}

/** What the policy of a page lets in is named by its hash. */
function hash(content: Markup): string {
  return `sha256-${createHash('sha256').update(content.toString()).digest('base64')}`;
}
