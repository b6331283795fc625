/**
 * Small exports of two nights, key to content; a date has something of every table, and a record
 * that is refused.
 */
const TWO_DAYS: Readonly<Record<string, string>> = Object.fromEntries(
  ['2026-11-19', '2026-11-20'].flatMap((date, i) => [
    [
      `activity_log/activity_log_${date}.csv`,
      `activity_id,user_id,activity_type,activity_at
${i}1,7,view,${date} 09:00:00
${i}2,8,View,${date} 10:00:00
${i}3,8,edit,no time at all
`,
    ],
    [
      `sessions/sessions_${date}.csv`,
      `session_id,user_id,login_at,logout_at
${i}1,7,${date} 08:59:00,${date} 09:30:00
${i}2,8,${date} 09:59:00,
`,
    ],
    [
      `feature_usage/feature_usage_${date}.csv`,
      `usage_id,user_id,feature_name,usage_count,used_at
${i}1,7,search,2,${date} 09:10:00
${i}2,8,export,1,${date} 10:10:00
`,
    ],
    [
      `support_tickets/support_tickets_${date}.csv`,
      `ticket_id,user_id,status,created_at,resolved_at
${i}1,7,closed,${date} 09:00:00,${date} 19:00:00
`,
    ],
  ]),
);

/** Delivers the exports of the nights up to a date. */
export async function deliverUpTo(
  date: string,
  deliver: (key: string, content: string) => Promise<unknown>,
) {
  for (const [key, content] of Object.entries(TWO_DAYS)) {
    if (key.slice(-14, -4) <= date) await deliver(key, content);
  }
}
