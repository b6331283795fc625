-- question: Which days are busiest?
-- grain: event_date
-- reads: daily.day window, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date                 | date    |            | as-of date of the report
--   rank                       | integer |            | place by activities, 1 the busiest day; equal days share a place
--   event_date                 | date    |            | a day of the long window with data, which may be that nothing happened
--   iso_weekday                | integer |            | 1 for Monday to 7 for Sunday
--   activities                 | integer | activities | activities of the day
--   active_users               | integer | users      | users with an activity
--   sessions                   | integer | sessions   | sessions begun; missing where no export has them, and before the data on sessions begin
--   weekday_days               | integer | days       | days with data in the window on the same weekday
--   weekday_average_activities | double  | activities | mean of the activities on those days
with

begun as (
  select
    min(case when tables.table_name = 'activity_log' then tables.first_date end) as activity_date,
    min(case when tables.table_name = 'sessions' then tables.first_date end) as session_date
  from rolling.table_lifetime as tables
  inner join settings on tables.as_of_date = settings.as_of_date
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

-- Counted off from the as-of date; 36600 dates are a century.
dates as (
  select
    settings.as_of_date,
    settings.as_of_date + cast(-offsets.i as integer) as event_date
  from settings
  cross join range(0, 36600) as offsets (i)
  where offsets.i < settings.long_window_days
),

days as (
  select
    dates.as_of_date,
    dates.event_date,
    iso_dow(dates.event_date) as iso_weekday,
    coalesce(day.activities, 0) as activities,
    coalesce(day.active_users, 0) as active_users,
    case
      when dates.event_date >= begun.session_date and coalesce(gaps.session_gaps, 0) = 0
        then coalesce(day.sessions, 0)
    end as sessions
  from dates
  inner join begun on dates.event_date >= begun.activity_date
  left join daily.day as day on dates.event_date = day.event_date
  left join gaps on dates.event_date = gaps.event_date
  where coalesce(gaps.activity_gaps, 0) = 0
),

weekdays as (
  select iso_weekday, count(*) as days, cast(sum(activities) as bigint) as activities
  from days
  group by iso_weekday
),

final as (
  select
    days.as_of_date,
    cast(rank() over (order by days.activities desc nulls last) as bigint) as rank,
    days.event_date,
    days.iso_weekday,
    days.activities,
    days.active_users,
    days.sessions,
    weekdays.days as weekday_days,
    cast(weekdays.activities as double) / nullif(weekdays.days, 0) as weekday_average_activities
  from days
  inner join weekdays on days.iso_weekday = weekdays.iso_weekday
)

select
  as_of_date,
  rank,
  event_date,
  iso_weekday,
  activities,
  active_users,
  sessions,
  weekday_days,
  weekday_average_activities
from final
order by rank nulls last, event_date nulls last
