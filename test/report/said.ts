/**
 * What each sentence on the page of the naughty exports says, asked again of all rows of its
 * report, in its order, as JSON.
 */
export const SAID: Readonly<Record<string, string>> = {
  activity_trend:
    'select json_array(sum(activities), count(*) filter (where has_data), min(data_begin_date)) as said from report',
  active_users: `select json_array(daily_users, event_date, weekly_users, 7, 30) as said from report order by event_date desc limit 1`,
  growth_accounting: `select json_array(week_date, active_users) as said from report where is_complete order by week_date desc limit 1`,
  retention: 'select json_array() as said where not exists (from report)',
  open_tickets: 'select json_array() as said where not exists (from report)',
  ticket_backlog: `select json_array(max_by(open_tickets, event_date), count(*), sum(tickets_created), sum(tickets_resolved)) as said from report`,
  session_percentiles:
    'select json_array(closed_sessions, 30, median_seconds, p90_seconds) as said from report where window_days = 30',
  busiest_days: `select json_array(list(event_date order by event_date)[1:3].array_to_string(', ') || ' and ' || (count(*) - 3) || ' more', min(activities)) as said from report where activities = (select max(activities) from report)`,
  top_features:
    'select json_array(feature_name, uses, 30, gap_days, 30) as said from report where window_days = 30 order by uses desc limit 1',
  wide_adopters: `select json_array(count(*) filter (where window_days = 30), 3, 30, max(features) filter (where window_days = 30),
    count(*) filter (where window_days is null)) as said from report`,
  many_sessions_few_features:
    'select json_array(3, 30, 3) as said from report group by all having count(*) = 1',
  average_sessions: `select json_array(sum(average_seconds * closed_sessions) / sum(closed_sessions), 30, sum(closed_sessions), count(*), median(average_seconds)) as said from report where window_days = 30 and closed_sessions > 0`,
  longest_sessions: `select json_array(60, 'user ' || user_id, event_date, duration_seconds) as said from report order by duration_seconds desc limit 1`,
  session_feature_correlation: `select json_array(30, pearson, pearson_low, pearson_high, n) as said from report where window_days = 30 and measure = 'feature_uses'`,
  resolution_time: `select json_array(a.tickets, a.median_seconds, a.p90_seconds, w.tickets, 30, w.median_seconds) as said from report as a, report as w where a.scope = 'all' and w.window_days = 30`,
  quick_resolutions: 'select json_array(count(*), 2, sum(tickets_resolved)) as said from report',
  active_without_tickets: 'select json_array(count(*), 30) as said from report',
  inactive_users: 'select json_array(60) as said where not exists (from report)',
  segment_feature_tutorials:
    'select json_array(3) as said from report group by all having count(*) = 1',
  segment_silent_active: 'select json_array(count(*), 30) as said from report',
  segment_invest_features: `select json_array(max(feature_name) filter (where rank = 1)) as said from report`,
  segment_win_back: 'select json_array(60) as said where not exists (from report)',
};
