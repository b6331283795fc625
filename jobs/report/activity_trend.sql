-- question: How does activity go, day by day?
-- grain: event_date
-- reads: daily.day two_windows, rolling.user_lifetime
-- columns:
--   as_of_date                | date    |            | as-of date of the report
--   event_date                | date    |            | a date of the long window, with data or without
--   has_data                  | boolean |            | whether there is anything on that date
--   activities                | integer | activities | activities of the date; 0 without data
--   active_users              | integer | users      | users with an activity
--   sessions                  | integer | sessions   | sessions begun
--   week_average_activities   | double  | activities | mean of the date and the six before it, dates without data as 0; missing when the data begin later
--   previous_activities       | integer | activities | activities one long window before; missing when the data begin later
--   activities_change         | integer | activities | activities less those one long window before
--   activities_change_percent | double  | percent    | the same in percent of those before; missing when they were 0
--   data_begin_date           | date    |            | first date of all with anything; missing when there is none
with

-- Counted off from the as-of date; 36600 dates are a century.
dates as (
  select
    settings.as_of_date,
    settings.as_of_date + cast(-offsets.i as integer) as event_date,
    cast(offsets.i as bigint) as days_ago,
    settings.long_window_days
  from settings
  cross join range(0, 36600) as offsets (i)
  where offsets.i < 2 * settings.long_window_days
),

days as (
  select
    dates.as_of_date,
    dates.event_date,
    dates.days_ago,
    dates.long_window_days,
    day.event_date is not null as has_data,
    coalesce(day.activities, 0) as activities,
    coalesce(day.active_users, 0) as active_users,
    coalesce(day.sessions, 0) as sessions
  from dates
  left join daily.day as day on dates.event_date = day.event_date
),

data_begin as (
  select min(begun.first_date) as first_date
  from (
    select event_date as first_date
    from days
    where has_data
    union all
    select lifetime.first_date
    from rolling.user_lifetime as lifetime
    inner join settings on lifetime.as_of_date = settings.as_of_date
  ) as begun
),

weeks as (
  select
    event_date,
    cast(
      sum(activities) over (order by event_date nulls last rows between 6 preceding and current row) as bigint
    ) as week_activities
  from days
),

final as (
  select
    days.as_of_date,
    days.event_date,
    days.has_data,
    days.activities,
    days.active_users,
    days.sessions,
    case
      when days_between(data_begin.first_date, days.event_date) >= 6
        then cast(weeks.week_activities as double) / 7
    end as week_average_activities,
    case when before.event_date >= data_begin.first_date then before.activities end as previous_activities,
    case
      when before.event_date >= data_begin.first_date then days.activities - before.activities
    end as activities_change,
    case
      when before.event_date >= data_begin.first_date
        then cast(100 * (days.activities - before.activities) as double) / nullif(before.activities, 0)
    end as activities_change_percent,
    data_begin.first_date as data_begin_date
  from days
  cross join data_begin
  inner join weeks on days.event_date = weeks.event_date
  inner join days as before on days.days_ago + days.long_window_days = before.days_ago
)

select
  as_of_date,
  event_date,
  has_data,
  activities,
  active_users,
  sessions,
  week_average_activities,
  previous_activities,
  activities_change,
  activities_change_percent,
  data_begin_date
from final
order by event_date nulls last
