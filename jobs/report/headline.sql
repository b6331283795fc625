-- about: The five numbers at the head of the page, day by day over the short window, and what they are held against.
-- grain: metric, event_date
-- reads: daily.day two_windows
-- columns:
--   as_of_date              | date    |         | as-of date of the report
--   place                   | integer |         | order on the page
--   metric                  | text    |         | active_users, activities, sessions, average_session_seconds or tickets_created
--   event_date              | date    |         | a date of the short window, with data or without
--   value                   | double  |         | the number of that date; missing without data, and an average of nothing
--   week_before             | double  |         | the number of the same weekday a week before; missing like it
--   week_change_percent     | double  | percent | value less week_before in percent of it; missing when that is 0
--   window_average          | double  |         | mean of the short window over its days with data, on the as-of date only; of sessions together, not of days
--   previous_window_average | double  |         | the same of the window before; missing without data
--   window_change_percent   | double  | percent | change of the mean in percent of the one before; missing when that is 0
with

days as (
  select
    settings.as_of_date,
    settings.short_window_days,
    day.event_date,
    days_between(day.event_date, settings.as_of_date) as days_ago,
    day.active_users,
    day.activities,
    day.sessions,
    day.session_seconds,
    day.closed_sessions,
    day.tickets_created
  from daily.day as day
  inner join settings
    on days_between(day.event_date, settings.as_of_date) between 0 and 2 * settings.short_window_days + 6
),

-- Each number is an amount for each of something: a day with data, or a closed session.
amounts as (
  select 1 as place, 'active_users' as metric, days_ago, short_window_days, active_users as amount, 1 as per from days
  union all
  select 2, 'activities', days_ago, short_window_days, activities, 1 from days
  union all
  select 3, 'sessions', days_ago, short_window_days, sessions, 1 from days
  union all
  select 4, 'average_session_seconds', days_ago, short_window_days, session_seconds, closed_sessions from days
  union all
  select 5, 'tickets_created', days_ago, short_window_days, tickets_created, 1 from days
),

metrics as (
  select 1 as place, 'active_users' as metric from settings
  union all
  select 2, 'activities' from settings
  union all
  select 3, 'sessions' from settings
  union all
  select 4, 'average_session_seconds' from settings
  union all
  select 5, 'tickets_created' from settings
),

windows_of_metrics as (
  select
    place,
    cast(sum(amount) filter (where days_ago < short_window_days) as double)
      / nullif(sum(per) filter (where days_ago < short_window_days), 0) as window_average,
    cast(sum(amount) filter (where days_ago between short_window_days and 2 * short_window_days - 1) as double)
      / nullif(
        sum(per) filter (where days_ago between short_window_days and 2 * short_window_days - 1), 0
      ) as previous_window_average
  from amounts
  group by place
),

-- Counted off from the as-of date; 36600 dates are a century.
dates as (
  select
    settings.as_of_date,
    settings.as_of_date + cast(-offsets.i as integer) as event_date,
    cast(offsets.i as bigint) as days_ago
  from settings
  cross join range(0, 36600) as offsets (i)
  where offsets.i < settings.short_window_days
),

valued as (
  select
    dates.as_of_date,
    metrics.place,
    metrics.metric,
    dates.event_date,
    dates.days_ago,
    cast(today.amount as double) / nullif(today.per, 0) as value,
    cast(before.amount as double) / nullif(before.per, 0) as week_before
  from dates
  cross join metrics
  left join amounts as today on dates.days_ago = today.days_ago and metrics.place = today.place
  left join amounts as before on dates.days_ago + 7 = before.days_ago and metrics.place = before.place
),

final as (
  select
    valued.as_of_date,
    cast(valued.place as bigint) as place,
    valued.metric,
    valued.event_date,
    valued.value,
    valued.week_before,
    100 * (valued.value - valued.week_before) / nullif(valued.week_before, 0) as week_change_percent,
    windows_of_metrics.window_average,
    windows_of_metrics.previous_window_average,
    100 * (windows_of_metrics.window_average - windows_of_metrics.previous_window_average)
      / nullif(windows_of_metrics.previous_window_average, 0) as window_change_percent
  from valued
  left join windows_of_metrics on valued.place = windows_of_metrics.place and valued.days_ago = 0
)

select
  as_of_date,
  place,
  metric,
  event_date,
  value,
  week_before,
  week_change_percent,
  window_average,
  previous_window_average,
  window_change_percent
from final
order by place nulls last, metric nulls last, event_date nulls last
