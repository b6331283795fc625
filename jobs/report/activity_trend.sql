-- question: How is activity changing from day to day?
-- grain: event_date
-- reads: daily.day two_windows, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date                | date    |            | as-of date of the report
--   event_date                | date    |            | a date of the long window from the first activity on, with data or without
--   has_data                  | boolean |            | whether there are data on activities on that date
--   activities                | integer | activities | activities of the date; missing where no export has them
--   active_users              | integer | users      | users with an activity; missing like the activities
--   sessions                  | integer | sessions   | sessions begun; missing where no export has them, and before the data on sessions begin
--   week_average_activities   | double  | activities | mean of the date and the six before it; missing unless all seven have data
--   week_before_activities    | integer | activities | activities of the same weekday a week before; missing without data
--   activities_change         | integer | activities | activities less those of the week before
--   activities_change_percent | double  | percent    | the same in percent of those of the week before; missing when they were 0
--   level_days                | integer | days       | the whole weeks that fit into the short window
--   level_activities          | double  | activities | mean over those days, days without data left out, on the as-of date only
--   previous_level_activities | double  | activities | mean over as many days before; missing when the data begin later, none of those days has data, or the long window is shorter
--   data_begin_date           | date    |            | first date of all with an activity; missing when there is none
with

measured as (
  select
    as_of_date,
    long_window_days,
    7 * greatest(1, int_div(short_window_days, 7)) as level_days
  from settings
),

begun as (
  select
    min(case when tables.table_name = 'activity_log' then tables.first_date end) as activity_date,
    min(case when tables.table_name = 'sessions' then tables.first_date end) as session_date
  from rolling.table_lifetime as tables
  inner join settings on tables.as_of_date = settings.as_of_date
),

-- Counted off from the as-of date; 36600 dates are a century.
dates as (
  select
    measured.as_of_date + cast(-offsets.i as integer) as event_date,
    cast(offsets.i as bigint) as days_ago
  from measured
  cross join range(0, 36600) as offsets (i)
  where offsets.i < 2 * measured.long_window_days
),

gaps as (
  select
    gaps.event_date,
    count(*) filter (where gaps.table_name = 'activity_log') as activity_gaps,
    count(*) filter (where gaps.table_name = 'sessions') as session_gaps
  from rolling.gap_window as gaps
  inner join settings on gaps.as_of_date = settings.as_of_date
  group by gaps.event_date
),

days as (
  select
    dates.event_date,
    dates.days_ago,
    dates.event_date >= begun.activity_date and coalesce(gaps.activity_gaps, 0) = 0 as has_data,
    case
      when dates.event_date >= begun.activity_date and coalesce(gaps.activity_gaps, 0) = 0
        then coalesce(day.activities, 0)
    end as activities,
    case
      when dates.event_date >= begun.activity_date and coalesce(gaps.activity_gaps, 0) = 0
        then coalesce(day.active_users, 0)
    end as active_users,
    case
      when dates.event_date >= begun.session_date and coalesce(gaps.session_gaps, 0) = 0
        then coalesce(day.sessions, 0)
    end as sessions
  from dates
  cross join begun
  left join gaps on dates.event_date = gaps.event_date
  left join daily.day as day on dates.event_date = day.event_date
),

weeks as (
  select
    days_ago,
    cast(
      sum(activities) over (order by event_date nulls last rows between 6 preceding and current row) as bigint
    ) as week_activities,
    count(activities) over (order by event_date nulls last rows between 6 preceding and current row) as days
  from days
),

pairs as (
  select count(*) as days
  from days as today
  cross join measured
  inner join days as before on today.days_ago + measured.level_days = before.days_ago
  where today.days_ago < measured.level_days
    and today.has_data
    and before.has_data
),

compared as (
  select
    measured.level_days,
    days_between(begun.activity_date, measured.as_of_date) >= 2 * measured.level_days - 1
      and measured.level_days <= measured.long_window_days
      and pairs.days > 0 as is_covered
  from begun
  cross join measured
  cross join pairs
),

-- Weekdays match: where the data cover both spans, a day without data is left out together with its counterpart.
level as (
  select
    compared.is_covered,
    count(*) as days,
    cast(sum(today.activities) as bigint) as activities,
    cast(sum(before.activities) as bigint) as previous_activities
  from days as today
  cross join compared
  left join days as before
    on today.days_ago + compared.level_days = before.days_ago
    and before.has_data
    and before.activities is not null
  where today.days_ago < compared.level_days
    and today.has_data
    and today.activities is not null
    and (before.days_ago is not null or not compared.is_covered)
  group by compared.is_covered
),

final as (
  select
    measured.as_of_date,
    days.event_date,
    days.has_data,
    days.activities,
    days.active_users,
    days.sessions,
    case
      when weeks.days = 7
        then cast(weeks.week_activities as double) / 7
    end as week_average_activities,
    before.activities as week_before_activities,
    days.activities - before.activities as activities_change,
    cast(100 * (days.activities - before.activities) as double)
      / nullif(before.activities, 0) as activities_change_percent,
    measured.level_days,
    cast(level.activities as double) / level.days as level_activities,
    case when level.is_covered then cast(level.previous_activities as double) / level.days end as previous_level_activities,
    begun.activity_date as data_begin_date
  from days
  cross join measured
  cross join begun
  inner join weeks on days.days_ago = weeks.days_ago
  left join days as before on days.days_ago + 7 = before.days_ago
  left join level on days.days_ago = 0
  where days.days_ago < measured.long_window_days
    and days.event_date >= begun.activity_date
)

select
  as_of_date,
  event_date,
  has_data,
  activities,
  active_users,
  sessions,
  week_average_activities,
  week_before_activities,
  activities_change,
  activities_change_percent,
  level_days,
  level_activities,
  previous_level_activities,
  data_begin_date
from final
order by event_date nulls last
