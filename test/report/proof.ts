import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';

/** The browser that the pages are tried in; undefined where there is none. */
export const CHROMIUM = [process.env.DAYFOLD_CHROMIUM, '/usr/bin/chromium'].find(
  (file): file is string => file !== undefined && existsSync(file),
);

/** Names that break pages, terminals and spreadsheets. */
export const NAUGHTY = [
  '<script>alert(1)</script>',
  '</script><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '=cmd|calc!A1',
  '+1',
  '-2',
  '@sum',
  'شركة التقارير',
  '\u202eright to left',
  '👩‍👩‍👧‍👦🦊',
  '&lt;b&gt; "quoted" \'too\'',
  'n'.repeat(10_000),
];

const DAYS = Array.from({ length: 40 }, (_, i) =>
  new Date(Date.UTC(2026, 9, 12 + i)).toISOString().slice(0, 10),
);
export const AS_OF = DAYS.at(-1) as string;

/** Writes exports of forty days whose features and activities have naughty names. */
export async function writeNaughty(folder: string): Promise<void> {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  for (const [i, day] of DAYS.entries()) {
    if (i === 20) continue; // a day without exports
    const users = Array.from({ length: 5 + (i % 7) }, (_, user) => user + 1);
    const files: Record<string, string[]> = {
      'activity_log/activity_log': [
        'user_id,activity_type,activity_at',
        ...users.map(
          (user) =>
            `${user},${cell(NAUGHTY[(user + i) % NAUGHTY.length] ?? '')},${day} 0${user % 10}:15:00`,
        ),
      ],
      'sessions/sessions': [
        'session_id,user_id,login_at,logout_at',
        ...users.map(
          (user) =>
            `${i}-${user},${user},${day} 08:00:00,${day} 0${8 + (user % 2)}:${10 + user + i}:00`,
        ),
      ],
      'feature_usage/feature_usage': [
        'user_id,feature_name,used_at',
        ...users.map(
          (user) =>
            `${user},${cell(NAUGHTY[(user * i) % NAUGHTY.length] ?? '')},${day} 08:0${user % 10}:00`,
        ),
      ],
      'support_tickets/support_tickets': [
        'ticket_id,user_id,status,created_at,resolved_at',
        `${i},${1 + (i % 3)},resolved,${day} 08:00:00,${day} ${10 + (i % 12)}:00:00`,
      ],
    };
    for (const [name, lines] of Object.entries(files)) {
      const file = path.join(folder, `${name}_${day}.csv`);
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, `${lines.join('\n')}\n`);
    }
  }
}
