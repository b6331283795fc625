import { onDark } from '../config/accent.js';
import { html, type Markup } from './markup.js';

/** The style of all pages, with the colour of a deployment (#rrggbb). */
export function style(accent: string): Markup {
  return html`
:root {
  color-scheme: light dark;
  --accent: ${accent}; --paper: #faf9f6; --card: #fff; --ink: #1d2329; --soft: #59626c; --line: #e4e1da; --wash: #f1efe9; --pale: #d6d2c9; --warm: #9a4a00; --shade: rgb(40 40 30 / .2);
}
@media (prefers-color-scheme: dark) {
  :root { --accent: ${onDark(accent)}; --paper: #14181c; --card: #1b2026; --ink: #e6e8ea; --soft: #a3adb7; --line: #2e353d; --wash: #242b33; --pale: #3d4650; --warm: #f0b36b; --shade: rgb(0 0 0 / .65); }
}
${RULES}`;
}

const RULES = html`
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .06em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .7rem; z-index: 1; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.frame { max-width: 62rem; margin: 0 auto; padding: 1.75rem 1.25rem 3rem; }
.brand { margin: 0 0 .6rem; font-size: .875rem; font-weight: 600; letter-spacing: .02em; }
.brand a { display: inline-flex; align-items: center; gap: .55rem; text-decoration: none; }
.brand img { height: 1.5rem; width: auto; max-width: 12rem; }
h1 { margin: 0 0 .2rem; font-size: clamp(1.6rem, 1.25rem + 1.8vw, 2.2rem); line-height: 1.15; letter-spacing: -.018em; font-weight: 680; text-wrap: balance; }
.date { white-space: nowrap; font-variant-numeric: tabular-nums; }
.when { margin: 0 0 1.3rem; color: var(--soft); }
h2 { margin: 0 0 .35rem; font-size: 1.2rem; line-height: 1.3; letter-spacing: -.008em; font-weight: 650; text-wrap: balance; overflow-wrap: anywhere; }
.open { color: var(--warm); }
.notes { list-style: none; margin: 0 0 .8rem; padding: .6rem 1rem; border-left: 3px solid var(--warm); background: var(--wash); border-radius: 0 6px 6px 0; font-size: .9063rem; overflow-wrap: anywhere; }
.tiles { list-style: none; margin: 0 0 .4rem; padding: 0; display: grid; grid-template-columns: repeat(5, 1fr); gap: .7rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem .75rem; min-width: 0; }
.tile h2 { margin: 0; font-size: .8438rem; font-weight: 600; color: var(--soft); letter-spacing: 0; }
.number { margin: .1rem 0 .45rem; }
.number data { display: block; font-size: 1.4rem; line-height: 1.3; font-weight: 680; letter-spacing: -.02em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.spark { display: block; width: 100%; height: 2rem; margin-top: .25rem; overflow: visible; }
.spark path { fill: none; stroke: var(--accent); stroke-width: 1.6; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.spark .end { stroke-width: 6; stroke-linecap: round; }
.change { margin: .2rem 0 0; font-size: .8125rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
.change strong { font-weight: 650; white-space: nowrap; }
.change > span { color: var(--soft); display: block; }
@media (max-width: 56rem) { .tiles { grid-template-columns: repeat(auto-fit, minmax(9.3rem, 1fr)); } }
@media (max-width: 30rem) { .tiles { grid-template-columns: 1fr 1fr; gap: .55rem; } .frame { padding: 1.1rem .9rem 2.5rem; } .tile:first-child { grid-column: 1 / -1; } .number data { font-size: 1.3rem; } }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.15rem 1.25rem 1rem; margin: 0 0 1.1rem; scroll-margin-top: 3.2rem; }
@media (max-width: 30rem) { .card { padding: 1rem .9rem .8rem; } }
.answer { margin: 0 0 .9rem; font-size: 1.0313rem; max-width: 46rem; overflow-wrap: anywhere; text-wrap: pretty; }
.answer data, .answer time, .answer bdi { font-weight: 600; font-variant-numeric: tabular-nums; }
.contents { margin: 1.5rem 0 1.9rem; }
.contents h2 { margin: 1.2rem 0 .4rem; font-size: .9063rem; color: var(--soft); }
.contents ol { list-style: none; margin: 0; padding: 0; }
.contents li { border-top: 1px solid var(--line); padding: .42rem 0; display: grid; grid-template-columns: minmax(15rem, 2fr) 3fr; gap: .1rem 1.5rem; line-height: 1.4; font-size: .9375rem; }
.contents li span { color: var(--soft); overflow-wrap: anywhere; min-width: 0; }
.answer data, .contents data { white-space: nowrap; }
.contents a { color: inherit; text-decoration-color: var(--pale); }
.contents a:hover { color: var(--accent); }
@media (max-width: 44rem) { .contents li { grid-template-columns: 1fr; } .contents a { font-weight: 600; } }
.jump { position: sticky; top: 0; z-index: 1; margin: 0 0 1.1rem; background: var(--paper); border: 0; }
.jump summary { font-weight: 600; }
.jump ul { list-style: none; margin: 0; padding: .2rem 0 .6rem; max-height: 70vh; overflow-y: auto; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); column-gap: 1.5rem; border-bottom: 1px solid var(--line); }
.jump li { padding: .18rem 0; break-inside: avoid; }
.jump a { color: inherit; text-decoration-color: var(--pale); }
.tools.spans button { border: 1px solid var(--pale); border-radius: 6px; padding: .12rem .6rem; text-decoration: none; }
.tools.spans button[aria-pressed=true] { background: var(--accent); border-color: var(--accent); color: var(--card); }
.person { text-decoration: underline; text-decoration-color: var(--pale); text-underline-offset: .18em; }
.chart { margin: .2rem 0 1rem; }
.chart figcaption { font-size: .8438rem; font-weight: 600; color: var(--soft); margin-bottom: .45rem; }
.chart svg { display: block; max-width: 100%; height: auto; font: .75rem system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow: visible; }
table.cohorts { min-width: 0; border-collapse: separate; border-spacing: 2px; }
.cohorts th, .cohorts td { border: 0; padding: .22rem .5rem; }
.cohorts td:not(.n) { text-align: center; min-width: 2.7rem; border-radius: 3px; }
.chart .scroll:has(.cohorts) { max-height: none; }
.cohorts thead th { text-align: center; }
.cohorts thead th:first-child { text-align: left; }
${Array.from(
  { length: 11 },
  (
    _,
    i,
  ) => html`.s${i} { background: color-mix(in srgb, var(--accent) ${2 + 4 * i}%, transparent); }
`,
)}.so { outline: 1px dashed var(--pale); outline-offset: -1px; color: var(--soft); }
.legend { list-style: none; margin: 0 0 .5rem; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .8438rem; }
.legend li::before { content: ""; display: inline-block; vertical-align: middle; margin-right: .45rem; }
.legend.lines li::before { width: 1.6rem; border-top: 3px solid var(--accent); }
.legend.lines li:nth-child(2)::before { border-top: 3px dashed var(--warm); }
.legend.lines li:nth-child(3)::before { border-top: 3px dotted var(--soft); }
.legend.lines li:nth-child(4)::before { border-top: 3px dashed var(--pale); }
.legend.stack li::before { width: .8rem; height: .8rem; border-radius: 2px; background: var(--accent); }
.legend.stack li:nth-child(2)::before { background: var(--warm); }
.legend.stack li:nth-child(3)::before { background: var(--soft); }
.legend.stack li:nth-child(4)::before { background: var(--pale); }
.narrow { display: none; }
@media (max-width: 44rem) { .wide { display: none; } .narrow { display: block; } }
.scroll {
  overflow-x: auto;
  background:
    linear-gradient(to right, var(--card) 40%, transparent) left / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--card) 40%, transparent) right / 2.5rem 100% no-repeat local,
    radial-gradient(farthest-side at 0 50%, var(--shade), transparent) left / .9rem 100% no-repeat scroll,
    radial-gradient(farthest-side at 100% 50%, var(--shade), transparent) right / .9rem 100% no-repeat scroll;
}
.chart .scroll { max-height: 22rem; overflow: auto; }
.headline .scroll, .quality .scroll { margin-top: .5rem; background: none; }
table { border-collapse: collapse; min-width: min(100%, 32rem); font-size: .875rem; font-variant-numeric: tabular-nums lining-nums; }
th, td { padding: .34rem 1.5rem .34rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; padding-top: 0; vertical-align: bottom; font-weight: 600; font-size: .8125rem; line-height: 1.3; color: var(--soft); }
thead .n { white-space: normal; min-width: 4rem; max-width: 9rem; }
thead small { font-size: .75rem; font-weight: 400; display: block; }
tbody th { font-weight: 500; }
td { max-width: 30rem; overflow-wrap: anywhere; }
td.words { max-width: 38rem; }
table:has(th:nth-child(9)) :is(th, td) { padding-right: .8rem; }
table:has(th:nth-child(11)) :is(th, td) { padding-right: .55rem; }
table:has(th:nth-child(11)) thead .n { min-width: 0; }
td.text { min-width: 9rem; }
th:last-child, td:last-child { padding-right: .2rem; }
td small:not(.open) { color: var(--soft); }
.n { text-align: right; white-space: nowrap; overflow-wrap: normal; }
.fixed { white-space: nowrap; overflow-wrap: normal; }
.words { min-width: 15rem; }
.more { margin: .6rem 0 .55rem; font-size: .875rem; color: var(--soft); }
.none { margin: 0 0 .6rem; color: var(--soft); }
.tools { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; margin: 0 0 .6rem; font-size: .8438rem; color: var(--soft); }
.tools input { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--pale); border-radius: 6px; padding: .2rem .55rem; width: 10rem; }
.tools input::placeholder { color: var(--soft); opacity: 1; }
button { font: inherit; color: var(--accent); background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
.tools button { text-decoration: underline; text-underline-offset: .18em; }
th button { color: inherit; font-weight: inherit; }
th button:hover { color: var(--accent); }
th[aria-sort] button { color: var(--accent); }
th[aria-sort=ascending] button::after { content: " ▲" / ""; font-size: .7em; }
th[aria-sort=descending] button::after { content: " ▼" / ""; font-size: .7em; }
details { font-size: .9063rem; border-top: 1px solid var(--line); }
.card > details:last-child { margin-bottom: -.4rem; }
summary { padding: .42rem 0; cursor: pointer; color: var(--soft); }
summary:hover { color: var(--accent); }
.headline details, .chart details { border-top: 0; }
.quality, .changes { margin: 0 0 .5rem; }
.changes ul { margin: 0 0 .6rem; padding-left: 1.2rem; }
.quality summary, .changes summary { color: inherit; }
dl { margin: .2rem 0 .9rem; display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .3rem 1.5rem; }
dt { font: .8438rem/1.7 ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
dd { margin: 0; color: var(--soft); }
@media (max-width: 34rem) { th, td { padding-right: .95rem; } .words { min-width: 11rem; } .card > .scroll :is(th, td):first-child, .card > .scroll [hidden]:first-child + :is(th, td) { position: sticky; left: 0; background: var(--card); } thead .n { min-width: 0; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .45rem; } }
code, pre { font: .8438rem/1.55 ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: .2rem 0 .8rem; padding: .8rem 1rem; overflow-x: auto; background: var(--wash); border-radius: 6px; tab-size: 2; }
footer { margin-top: 2rem; color: var(--soft); font-size: .875rem; }
.months { display: grid; grid-template-columns: repeat(auto-fill, minmax(15.5rem, 1fr)); gap: 1rem; }
.months h2 { font-size: .9375rem; }
.month { margin: 0; }
.month ol { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(7, 1fr); gap: 2px; font-variant-numeric: tabular-nums; font-size: .875rem; text-align: center; }
.month li > * { display: block; padding: .22rem 0; border-radius: 5px; }
.month a { background: var(--wash); text-decoration: none; font-weight: 600; }
.month a:hover { background: var(--pale); }
.month s { color: var(--warm); text-decoration-thickness: .06em; }
.month i { color: var(--soft); font-style: normal; }
.from2 { grid-column-start: 2; } .from3 { grid-column-start: 3; } .from4 { grid-column-start: 4; } .from5 { grid-column-start: 5; } .from6 { grid-column-start: 6; } .from7 { grid-column-start: 7; }
@media print {
  @page { margin: 14mm; }
  :root { --paper: #fff; --accent: #134e4a; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --wash: #f3f3f3; --pale: #ccc; --warm: #7a3a00; }
  body { font-size: .8125rem; }
  .legend li::before, .cohorts td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  summary { list-style: none; }
  summary::-webkit-details-marker { display: none; }
  .here { display: none; }
  .frame { padding: 0; max-width: none; }
  .tiles { grid-template-columns: repeat(5, 1fr); }
  .number data { font-size: 1rem; letter-spacing: -.03em; }
  .contents li { padding: .22rem 0; font-size: .75rem; line-height: 1.3; }
  .tile:first-child { grid-column: auto; }
  .card { border: 0; padding: 0; margin-bottom: 1.4rem; }
  .wide { display: block; } .narrow { display: none; }
  .chart, .tile, .chart svg { break-inside: avoid; }
  h2, .answer, .answer + .more, figcaption, .legend, thead { break-after: avoid; }
  tbody tr:nth-child(-n+3) { break-before: avoid; }
  .card > .scroll + .more { break-before: avoid; }
  .contents li, .answer, table { break-inside: avoid; }
  .card > details, .chart details, .headline details, .tools, .skip, .jump, .others { display: none; }
  .person { text-decoration: none; color: inherit; }
  .scroll { overflow: visible; background: none; }
  table { min-width: 0; font-size: .75rem; }
  thead th, thead small { font-size: .6875rem; }
  th, td { padding-right: .55rem; }
  td, thead .n { min-width: 0; max-width: 18rem; }
  td.text { min-width: 6rem; }
  td.words { min-width: 8.5rem; }
  .quality td.words { min-width: 5.5rem; overflow-wrap: break-word; }
  .quality table { font-size: .6875rem; }
  .quality th, .quality td { padding-right: .35rem; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
}
`;
