import { html } from './markup.js';

/**
 * What the page does beyond being read: tables are sorted by a press on a heading, filtered by a
 * text, and long ones show their first rows until asked. All controls are made here, so that a page
 * without scripts has none that do nothing.
 */
export const SCRIPT = html`
const FIRST_ROWS = 10;
const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};
const dataOf = async (block) => {
  if (block?.localName !== 'script' || !('DecompressionStream' in window)) return [];
  const bytes = Uint8Array.from(atob(block.textContent), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).json();
};
const final = document.querySelector('main').dataset.final;
const weekdays = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' });
const rowOf = (cells, heads, first) => {
  const row = element('tr');
  for (const [i, cell] of cells.entries()) {
    const [text, exact] = [cell].flat();
    const td = element('td', first[i].className);
    td.append(first[i].querySelector('bdi') ? element('bdi', '', text) : text);
    if (exact !== undefined) td.dataset.v = exact;
    if (heads[i].dataset.name === 'event_date' && text !== '–') {
      td.append(' ', element('small', '', weekdays.format(new Date(text))));
      if (final !== '' && text > final) td.append(' ', element('small', 'open', 'prov.'));
    }
    row.append(td);
  }
  return row;
};
for (const term of document.querySelectorAll('.columns dt')) {
  const headings = term.closest('section').querySelectorAll('th[data-name="' + term.textContent + '"]');
  for (const heading of headings) heading.title = term.nextElementSibling.textContent;
}
for (const svg of document.querySelectorAll('figure svg')) {
  const titles = await dataOf(svg.nextElementSibling);
  let told = 0;
  for (const shape of svg.querySelectorAll('.t')) {
    for (const piece of shape.getAttribute('d')?.match(/M[^M]+/g) ?? ['']) {
      const part = shape.cloneNode();
      if (piece !== '') part.setAttribute('d', piece);
      const title = document.createElementNS(svg.namespaceURI, 'title');
      title.textContent = titles[told++] ?? '';
      part.append(title);
      shape.before(part);
    }
    shape.remove();
  }
}
const sources = await dataOf(document.querySelector('.sources')?.firstElementChild);
for (const [i, code] of document.querySelectorAll('.sql code').entries()) code.textContent = sources[i] ?? code.textContent;
for (const table of document.querySelectorAll('main table:not(.cohorts)')) {
  const body = table.tBodies[0];
  const data = await dataOf(table.nextElementSibling);
  body.append(...(data[0] ?? []).map((_, i) => rowOf(data.map((column) => column[i]), table.tHead.rows[0].cells, body.rows[0].cells)));
  const rows = [...body.rows];
  if (rows.length < 2) continue;
  let all = rows.length <= FIRST_ROWS;
  let text = '';
  const spanAt = [...table.tHead.rows[0].cells].findIndex((heading) => heading.dataset.name === 'window_days');
  const spans = spanAt < 0 ? [] : [...new Set(rows.map((row) => row.cells[spanAt].textContent))];
  let span = spans.length > 1 && rows.length > FIRST_ROWS ? spans[0] : null;
  if (span !== null) for (const row of table.rows) row.cells[spanAt].hidden = true;
  const value = (row, i) => { const cell = row.cells[i]; return cell.dataset.v ?? cell.textContent; };
  const more = document.createElement('button');
  more.type = 'button';
  const show = () => {
    let shown = 0;
    for (const row of body.rows) {
      const fits = (span === null || row.cells[spanAt].textContent === span) && row.textContent.toLocaleLowerCase().includes(text);
      row.hidden = !fits || (text === '' && !all && shown >= FIRST_ROWS);
      if (!row.hidden) shown++;
    }
    const inSpan = span === null ? rows.length : rows.filter((row) => row.cells[spanAt].textContent === span).length;
    more.textContent = all ? 'Show the first ' + FIRST_ROWS : 'Show all ' + inSpan + ' rows here';
    more.setAttribute('aria-expanded', String(all));
    more.hidden = text !== '' || inSpan <= FIRST_ROWS;
    status.textContent = text === '' ? '' : shown + (shown === 1 ? ' row' : ' rows') + ' of ' + inSpan;
  };
  const status = document.createElement('span');
  status.setAttribute('role', 'status');
  for (const [i, heading] of [...table.tHead.rows[0].cells].entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.title = 'Sort; ' + heading.title;
    button.append(...heading.childNodes);
    heading.append(button);
    heading.removeAttribute('title');
    button.addEventListener('click', () => {
      const down = heading.getAttribute('aria-sort') === 'descending' || (heading.ariaSort === null && !heading.classList.contains("n"));
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', down ? 'ascending' : 'descending');
      const empty = (v) => v === '' || v === '–';
      body.append(...[...rows].sort((one, other) => {
        const a = value(one, i), b = value(other, i);
        if (empty(a) || empty(b)) return Number(empty(a)) - Number(empty(b));
        const order = heading.classList.contains("n") ? Number(a) - Number(b) : a.localeCompare(b, undefined, { numeric: true });
        return down ? order : -order;
      }));
      show();
    });
  }
  if (span !== null) {
    const group = element('div', 'tools spans');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', 'Days counted');
    const unit = (name) => (/^[0-9]+$/.test(name) ? name + ' days' : name);
    for (const name of spans) {
      const button = element('button', '', unit(name));
      button.type = 'button';
      button.setAttribute('aria-pressed', String(name === span));
      button.addEventListener('click', () => {
        span = name;
        for (const other of group.children) other.setAttribute('aria-pressed', String(other === button));
        show();
      });
      group.append(button);
    }
    table.parentElement.before(group);
  }
  if (rows.length > 5) {
    const tools = document.createElement('div');
    tools.className = 'tools';
    const filter = document.createElement('input');
    filter.type = 'search';
    filter.placeholder = 'Filter';
    filter.setAttribute('aria-label', 'Filter the rows: ' + table.parentElement.getAttribute('aria-label'));
    filter.addEventListener('input', () => { text = filter.value.trim().toLocaleLowerCase(); show(); });
    more.addEventListener('click', () => { all = !all; show(); });
    tools.append(filter, status);
    if (!all) tools.append(more);
    table.parentElement.before(tools);
  }
  show();
}
const people = new Map();
for (const table of document.querySelectorAll('section.card > .scroll > table')) {
  const at = [...table.tHead.rows[0].cells].findIndex((heading) => heading.dataset.name === 'user_id');
  if (at < 0) continue;
  const { id } = table.closest('section');
  for (const row of table.tBodies[0].rows) {
    const user = row.cells[at];
    const lists = people.get(user.textContent) ?? new Map();
    lists.set(id, [...(lists.get(id) ?? []), user]);
    people.set(user.textContent, lists);
  }
}
for (const [user, lists] of people) {
  if (lists.size < 2) continue;
  for (const [id, cells] of lists) {
    for (const cell of cells) {
      const button = element('button', 'person', user);
      button.type = 'button';
      button.title = 'Other lists with ' + user;
      cell.replaceChildren(button);
      button.addEventListener('click', () => {
        const scroll = cell.closest('.scroll');
        scroll.parentElement.querySelector('.others')?.remove();
        const line = element('p', 'more others', user + ' is also in: ');
        line.setAttribute('role', 'status');
        for (const other of lists.keys()) {
          if (other === id) continue;
          const link = element('a', '', document.getElementById(other + '-question').textContent);
          link.href = '#' + other;
          link.addEventListener('click', () => {
            const filter = document.getElementById(other).querySelector('input[type=search]');
            if (filter) { filter.value = user; filter.dispatchEvent(new Event('input')); }
          });
          line.append(line.children.length > 0 ? ' · ' : '', link);
        }
        scroll.after(line);
      });
    }
  }
}
const contents = document.querySelector('nav.contents');
if (contents !== null) {
  const bar = element('details', 'jump');
  const list = element('ul');
  for (const link of contents.querySelectorAll('a')) {
    const item = element('li');
    item.append(link.cloneNode(true));
    list.append(item);
  }
  bar.append(element('summary', '', 'Contents'), list);
  list.addEventListener('click', () => { bar.open = false; });
  contents.after(bar);
}
addEventListener('beforeprint', () => { for (const details of document.querySelectorAll('.quality details, .changes details')) details.open = true; });
`;
