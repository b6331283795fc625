import type { Night } from '../../../build/night.js';
import type { Source } from '../../../config/source.js';

/**
 * Tells of exports of a dated table with the content of an export of another date, such as that of
 * yesterday under the name of today: their rows count once, at their own times.
 */
export function noteSameContent(
  { next, live, notes }: Pick<Night, 'next' | 'live' | 'notes'>,
  { table, partition, delivery }: Source,
): void {
  if (partition !== 'event_date' || delivery === 'counter' || delivery === 'snapshot') return;
  const first = new Map<string, string>();
  for (const { name, date, inputs, counts } of next.exportsOf(table)) {
    const { export: content } = inputs;
    if (content === undefined || (counts?.records ?? 0) === 0) continue;
    const same = first.get(content);
    first.set(content, same ?? name);
    const isNew = live.release.get(`staged/${table}`, name)?.inputs.export !== content;
    if (same === undefined || !isNew) continue;
    notes.push(
      `${name}: has the same content as ${same}, whose rows count once: deliver it again if ` +
        `${date} has rows of its own`,
    );
  }
}
