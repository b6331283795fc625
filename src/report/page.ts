import { createHash } from 'node:crypto';
import { html, type Markup } from './markup.js';

/** A whole page around a body: no scripts, nothing loaded, light or dark as the reader's system is. */
export function page(title: string, body: Markup): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
  return document.toString();
}

const STYLE = html`
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #fff; --ink: #1d2329; --soft: #5b646e; --line: #e3e0da; --wash: #f3f1ec; --accent: #0b6b63; --warm: #8a4b0f; --shade: rgb(40 40 30 / .22);
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181c; --card: #1b2026; --ink: #e6e8ea; --soft: #9aa4ae; --line: #2e353d; --wash: #222930; --accent: #5cc9bb; --warm: #e9b072; --shade: rgb(0 0 0 / .65); }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .06em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.frame { max-width: 62rem; margin: 0 auto; padding: 2.25rem 1.25rem 3rem; }
.brand { margin: 0; font-size: .8125rem; font-weight: 600; letter-spacing: .04em; color: var(--accent); }
h1 { margin: .2rem 0 .25rem; font-size: clamp(1.6rem, 1.25rem + 1.8vw, 2.3rem); line-height: 1.15; letter-spacing: -.015em; font-weight: 680; text-wrap: balance; }
.when { margin: 0 0 1.4rem; color: var(--soft); }
h2 { margin: 0 0 .8rem; font-size: 1.2rem; line-height: 1.3; letter-spacing: -.005em; font-weight: 650; text-wrap: balance; overflow-wrap: anywhere; }
h3 { margin: 0 0 .5rem; font-size: .8125rem; font-weight: 600; color: var(--soft); }
.notes { list-style: none; margin: 0 0 1rem; padding: .7rem 1rem; border-left: 3px solid var(--warm); background: var(--wash); border-radius: 0 6px 6px 0; }
.open { color: var(--warm); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.15rem 1.25rem 1rem; margin: 0 0 1.1rem; scroll-margin-top: 1rem; }
.contents { margin: 1.6rem 0 1.9rem; }
.contents h2 { margin: 1.2rem 0 .4rem; font-size: .9063rem; color: var(--soft); }
.contents ol, .dates { list-style: none; margin: 0; padding: 0; }
.contents li { border-top: 1px solid var(--line); }
.contents a { display: block; padding: .36rem 0; color: inherit; text-decoration: none; line-height: 1.35; }
.contents a:hover { color: var(--accent); text-decoration: underline; }
.contents ol { columns: 22rem 2; column-gap: 2.5rem; }
.contents li { break-inside: avoid; }
.scroll {
  overflow-x: auto;
  background:
    linear-gradient(to right, var(--card) 40%, transparent) left / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--card) 40%, transparent) right / 2.5rem 100% no-repeat local,
    radial-gradient(farthest-side at 0 50%, var(--shade), transparent) left / .9rem 100% no-repeat scroll,
    radial-gradient(farthest-side at 100% 50%, var(--shade), transparent) right / .9rem 100% no-repeat scroll;
}
table { border-collapse: collapse; min-width: min(100%, 32rem); font-size: .9063rem; font-variant-numeric: tabular-nums lining-nums; }
th, td { padding: .4rem 1.9rem .4rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; padding-top: 0; vertical-align: bottom; font-weight: 600; font-size: .8125rem; line-height: 1.3; color: var(--soft); }
thead .amount { white-space: normal; min-width: 4.5rem; max-width: 9rem; }
thead small { display: block; font-size: .75rem; font-weight: 400; }
tbody th { font-weight: 500; }
td { max-width: 26rem; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
.amount { text-align: right; white-space: nowrap; overflow-wrap: normal; }
.fixed { white-space: nowrap; overflow-wrap: normal; }
.words { min-width: 15rem; }
.absent { color: var(--soft); }
.more { margin: .7rem 0 .55rem; font-size: .875rem; color: var(--soft); }
.none { margin: 0 0 .6rem; color: var(--soft); }
details { font-size: .9063rem; border-top: 1px solid var(--line); }
.card details:last-child { margin-bottom: -.4rem; }
summary { padding: .42rem 0; cursor: pointer; color: var(--soft); }
summary:hover { color: var(--accent); }
.quality summary { color: inherit; font-size: 1rem; padding: .1rem 0; }
.quality details { border-top: 0; margin: 0; }
.quality .scroll { margin-top: .9rem; }
dl { margin: .2rem 0 .9rem; display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .3rem 1.5rem; }
dt { overflow-wrap: anywhere; }
dd { margin: 0; color: var(--soft); }
@media (max-width: 34rem) { th, td { padding-right: 1.05rem; } thead .amount { min-width: 0; } }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .45rem; } }
code, pre { font: .8438rem/1.55 ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: .2rem 0 .8rem; padding: .8rem 1rem; overflow-x: auto; background: var(--wash); border-radius: 6px; tab-size: 2; }
footer { margin-top: 2rem; color: var(--soft); font-size: .875rem; }
.dates { columns: 12rem auto; column-gap: 2rem; font-variant-numeric: tabular-nums; }
.dates li { padding: .22rem 0; break-inside: avoid; }
.dates span { color: var(--soft); }
@media print { .card { border: 0; padding: 0; } .scroll { overflow: visible; background: none; } thead { display: table-header-group; } tr { break-inside: avoid; } }
`;

/** The only style that the page's own policy lets in. */
const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE.toString()).digest('base64')}`;
