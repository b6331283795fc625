-- question: How many users are active in a day, a week and a month?
-- grain: event_date
-- reads: rolling.activity_gap_lifetime, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date           | date    |         | as-of date of the report
--   event_date           | date    |         | a date of the long window from the first activity on
--   daily_users          | integer | users   | users with an activity on that date (DAU); missing where no export has them
--   weekly_users         | integer | users   | different users with an activity in the 7 days up to it (WAU); missing unless all of them have data
--   monthly_users        | integer | users   | the same in the 30 days up to it (MAU)
--   stickiness_percent   | double  | percent | daily users in percent of monthly users; missing when there are none, or it is not known
--   data_begin_date      | date    |         | first date with an activity
with

begun as (
  select settings.as_of_date, settings.long_window_days, tables.first_date
  from settings
  inner join rolling.table_lifetime as tables
    on settings.as_of_date = tables.as_of_date
    and tables.table_name = 'activity_log'
),

-- Counted off from the as-of date; 36600 dates are a century.
dates as (
  select
    begun.as_of_date,
    begun.first_date,
    begun.as_of_date + cast(-offsets.i as integer) as event_date
  from begun
  cross join range(0, 36600) as offsets (i)
  where offsets.i < begun.long_window_days
    and days_between(begun.first_date, begun.as_of_date) >= offsets.i
),

absent as (
  select absent.event_date
  from rolling.gap_window as absent
  inner join settings on absent.as_of_date = settings.as_of_date
  where absent.table_name = 'activity_log'
),

gaps as (
  select gaps.event_date, gaps.gap_days, gaps.users
  from rolling.activity_gap_lifetime as gaps
  inner join settings on gaps.as_of_date = settings.as_of_date
),

-- A user counts on the first active day of a span: on the day before which the last activity lies outside of it.
counted as (
  select
    dates.as_of_date,
    dates.first_date,
    dates.event_date,
    sum(gaps.users) filter (where gaps.event_date = dates.event_date) as daily_users,
    sum(gaps.users) filter (
      where days_between(gaps.event_date, dates.event_date) < 7
        and (gaps.gap_days is null or gaps.gap_days + days_between(gaps.event_date, dates.event_date) >= 7)
    ) as weekly_users,
    sum(gaps.users) filter (
      where gaps.gap_days is null or gaps.gap_days + days_between(gaps.event_date, dates.event_date) >= 30
    ) as monthly_users
  from dates
  left join gaps
    on gaps.event_date between dates.event_date - cast(29 as integer) and dates.event_date
  group by dates.as_of_date, dates.first_date, dates.event_date
),

covered as (
  select
    dates.event_date,
    count(absent.event_date) filter (where absent.event_date = dates.event_date) as day_gaps,
    count(absent.event_date) filter (where days_between(absent.event_date, dates.event_date) < 7) as week_gaps,
    count(absent.event_date) as month_gaps
  from dates
  left join absent on absent.event_date between dates.event_date - cast(29 as integer) and dates.event_date
  group by dates.event_date
),

final as (
  select
    counted.as_of_date,
    counted.event_date,
    case when covered.day_gaps = 0 then cast(coalesce(counted.daily_users, 0) as bigint) end as daily_users,
    case
      when days_between(counted.first_date, counted.event_date) >= 6 and covered.week_gaps = 0
        then cast(coalesce(counted.weekly_users, 0) as bigint)
    end as weekly_users,
    case
      when days_between(counted.first_date, counted.event_date) >= 29 and covered.month_gaps = 0
        then cast(coalesce(counted.monthly_users, 0) as bigint)
    end as monthly_users,
    counted.first_date as data_begin_date
  from counted
  inner join covered on counted.event_date = covered.event_date
)

select
  as_of_date,
  event_date,
  daily_users,
  weekly_users,
  monthly_users,
  cast(100 * daily_users as double) / nullif(monthly_users, 0) as stickiness_percent,
  data_begin_date
from final
order by event_date nulls last
