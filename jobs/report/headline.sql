-- about: The numbers at the top of the page for each day, and the values that they are compared with.
-- grain: metric, event_date
-- reads: daily.day two_windows, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date           | date    |         | as-of date of the report
--   place                | integer |         | order on the page
--   metric               | text    |         | active_users, activities, sessions, average_session_seconds or tickets_created
--   event_date           | date    |         | a date of the short window, with data or without
--   value                | double  |         | the number of that date, 0 where its export is empty; missing without data, and an average of nothing
--   week_before          | double  |         | the number of the same weekday a week before; missing like it
--   week_change_percent  | double  | percent | value less week_before in percent of it; missing when that is 0
--   level_days           | integer | days    | the whole weeks that fit into the short window
--   level                | double  |         | mean over those days, on the as-of date only; of sessions together, not of days
--   previous_level       | double  |         | mean over as many days before; missing where the data begin later, none of those days has data, or the long window is shorter
--   level_change_percent | double  | percent | level less previous_level in percent of it; missing when that is 0
--   data_begin_date      | date    |         | first date with rows of the table; missing when there is none
with

measured as (
  select
    as_of_date,
    short_window_days,
    long_window_days,
    7 * greatest(1, int_div(short_window_days, 7)) as level_days
  from settings
),

metrics as (
  select 1 as place, 'active_users' as metric, 'activity_log' as table_name from settings
  union all
  select 2, 'activities', 'activity_log' from settings
  union all
  select 3, 'sessions', 'sessions' from settings
  union all
  select 4, 'average_session_seconds', 'sessions' from settings
  union all
  select 5, 'tickets_created', 'support_tickets' from settings
),

begun as (
  select metrics.place, metrics.metric, metrics.table_name, tables.first_date
  from metrics
  cross join settings
  left join rolling.table_lifetime as tables
    on metrics.table_name = tables.table_name
    and settings.as_of_date = tables.as_of_date
),

-- Counted off from the as-of date; 36600 dates are a century.
dates as (
  select
    measured.as_of_date,
    measured.as_of_date + cast(-offsets.i as integer) as event_date,
    cast(offsets.i as bigint) as days_ago
  from measured
  cross join range(0, 36600) as offsets (i)
  where offsets.i < least(2 * measured.short_window_days + 13, 2 * measured.long_window_days)
),

-- A day without rows of any table is a day on which nothing happened, unless it is a gap.
days as (
  select
    dates.event_date,
    dates.days_ago,
    coalesce(day.active_users, 0) as active_users,
    coalesce(day.activities, 0) as activities,
    coalesce(day.sessions, 0) as sessions,
    coalesce(day.session_seconds, 0) as session_seconds,
    coalesce(day.closed_sessions, 0) as closed_sessions,
    coalesce(day.tickets_created, 0) as tickets_created
  from dates
  left join daily.day as day on dates.event_date = day.event_date
),

-- Each number is an amount for each of something: a day with data, or a closed session.
stacked as (
  select 1 as place, event_date, days_ago, active_users as amount, 1 as per from days
  union all
  select 2, event_date, days_ago, activities, 1 from days
  union all
  select 3, event_date, days_ago, sessions, 1 from days
  union all
  select 4, event_date, days_ago, session_seconds, closed_sessions from days
  union all
  select 5, event_date, days_ago, tickets_created, 1 from days
),

gaps as (
  select gaps.table_name, gaps.event_date
  from rolling.gap_window as gaps
  inner join settings on gaps.as_of_date = settings.as_of_date
),

amounts as (
  select stacked.place, stacked.days_ago, stacked.amount, stacked.per
  from stacked
  inner join begun on stacked.place = begun.place and stacked.event_date >= begun.first_date
  left join gaps on begun.table_name = gaps.table_name and stacked.event_date = gaps.event_date
  where gaps.event_date is null
),

pairs as (
  select today.place, count(*) as days
  from amounts as today
  cross join measured
  inner join amounts as before
    on today.place = before.place
    and today.days_ago + measured.level_days = before.days_ago
  where today.days_ago < measured.level_days
  group by today.place
),

compared as (
  select
    begun.place,
    days_between(begun.first_date, measured.as_of_date) >= 2 * measured.level_days - 1
      and measured.level_days <= measured.long_window_days
      and pairs.days is not null as is_covered
  from begun
  cross join measured
  left join pairs on begun.place = pairs.place
),

-- Weekdays match: where the data cover both spans, a day without data is left out together with its counterpart.
sums as (
  select
    today.place,
    compared.is_covered,
    cast(sum(today.amount) as bigint) as amount,
    cast(sum(today.per) as bigint) as per,
    cast(sum(before.amount) as bigint) as previous_amount,
    cast(sum(before.per) as bigint) as previous_per
  from amounts as today
  inner join compared on today.place = compared.place
  cross join measured
  left join amounts as before
    on today.place = before.place
    and today.days_ago + measured.level_days = before.days_ago
  where today.days_ago < measured.level_days
    and (before.days_ago is not null or not compared.is_covered)
  group by today.place, compared.is_covered
),

levels as (
  select
    place,
    cast(amount as double) / nullif(per, 0) as level,
    case when is_covered then cast(previous_amount as double) / nullif(previous_per, 0) end as previous_level
  from sums
),

valued as (
  select
    dates.as_of_date,
    begun.place,
    begun.metric,
    dates.event_date,
    dates.days_ago,
    cast(today.amount as double) / nullif(today.per, 0) as value,
    cast(before.amount as double) / nullif(before.per, 0) as week_before,
    measured.level_days,
    begun.first_date
  from dates
  inner join measured on dates.days_ago < measured.short_window_days
  cross join begun
  left join amounts as today on dates.days_ago = today.days_ago and begun.place = today.place
  left join amounts as before on dates.days_ago + 7 = before.days_ago and begun.place = before.place
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
    valued.level_days,
    levels.level,
    levels.previous_level,
    100 * (levels.level - levels.previous_level) / nullif(levels.previous_level, 0) as level_change_percent,
    valued.first_date as data_begin_date
  from valued
  left join levels on valued.place = levels.place and valued.days_ago = 0
)

select
  as_of_date,
  place,
  metric,
  event_date,
  value,
  week_before,
  week_change_percent,
  level_days,
  level,
  previous_level,
  level_change_percent,
  data_begin_date
from final
order by place nulls last, metric nulls last, event_date nulls last
