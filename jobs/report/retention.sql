-- question: How many new users are still active weeks later?
-- grain: cohort_week, week_number
-- reads: rolling.user_activity_lifetime, rolling.table_lifetime, rolling.gap_window, clean.users until
-- columns:
--   as_of_date     | date    |         | as-of date of the report
--   basis          | text    |         | what puts a user into a cohort: sign_up, where the users table has dates, or first_activity
--   cohort_week    | date    |         | Monday of the week of it, of the last 13; weeks that the data on activities do not cover are left out
--   week_number    | integer | weeks   | 0 for that week, 1 for the one after it
--   is_complete    | boolean |         | whether that week is over on the as-of date, and no day of it lacks data on activities
--   cohort_users   | integer | users   | users of the cohort
--   active_users   | integer | users   | those of them who were active in that week
--   active_percent | double  | percent | share of them; of a week that is not over so far
--   low_percent    | double  | percent | lower end of its 95 % interval (Wilson)
--   high_percent   | double  | percent | upper end of its 95 % interval
with recursive

powers (weeks_ago, digit) as (
  select cast(0 as bigint), cast(1 as bigint)
  union all
  select weeks_ago + 1, 2 * digit
  from powers
  where weeks_ago < 12
),

now as (
  select
    settings.as_of_date,
    settings.as_of_date + cast(1 - iso_dow(settings.as_of_date) as integer) as week_date,
    tables.first_date
  from settings
  inner join rolling.table_lifetime as tables
    on settings.as_of_date = tables.as_of_date
    and tables.table_name = 'activity_log'
),

sign_ups as (
  select users.user_id, users.created_date
  from clean.users as users
  inner join settings on users.created_date <= settings.as_of_date
),

known as (
  select count(*) > 0 as has_sign_ups
  from sign_ups
),

active as (
  select users.user_id, users.first_activity_date, users.active_weeks
  from rolling.user_activity_lifetime as users
  inner join settings on users.as_of_date = settings.as_of_date
),

-- A user whom the users table does not know, or has no date for, counts from the first activity.
begun as (
  select
    coalesce(sign_ups.created_date, active.first_activity_date) as begin_date,
    coalesce(active.active_weeks, 0) as active_weeks
  from active
  full outer join sign_ups on active.user_id = sign_ups.user_id
),

-- Whoever is first seen in the week in which the data begin may have come long before.
cohorts as (
  select
    now.as_of_date,
    known.has_sign_ups,
    begun.begin_date + cast(1 - iso_dow(begun.begin_date) as integer) as cohort_week,
    int_div(
      days_between(begun.begin_date + cast(1 - iso_dow(begun.begin_date) as integer), now.week_date), 7
    ) as weeks_ago,
    begun.active_weeks,
    count(*) as users
  from begun
  cross join now
  cross join known
  where begun.begin_date + cast(1 - iso_dow(begun.begin_date) as integer)
    >= now.first_date + cast(case when known.has_sign_ups then 0 else 1 end as integer)
  group by
    now.as_of_date,
    known.has_sign_ups,
    begun.begin_date + cast(1 - iso_dow(begun.begin_date) as integer),
    int_div(days_between(begun.begin_date + cast(1 - iso_dow(begun.begin_date) as integer), now.week_date), 7),
    begun.active_weeks
),

-- The weeks in which a day has no data on activities.
torn as (
  select distinct int_div(days_between(gaps.event_date, now.week_date) + 6, 7) as weeks_ago
  from rolling.gap_window as gaps
  inner join now on gaps.as_of_date = now.as_of_date
  where gaps.table_name = 'activity_log'
),

cells as (
  select
    cohorts.as_of_date,
    cohorts.has_sign_ups,
    cohorts.cohort_week,
    cohorts.weeks_ago - powers.weeks_ago as week_number,
    (powers.weeks_ago > 0 or iso_dow(cohorts.as_of_date) = 7) and torn.weeks_ago is null as is_complete,
    cast(sum(cohorts.users) as bigint) as cohort_users,
    cast(
      sum(
        cohorts.users
        * (int_div(cohorts.active_weeks, powers.digit) - 2 * int_div(cohorts.active_weeks, 2 * powers.digit))
      ) as bigint
    ) as active_users
  from cohorts
  inner join powers on powers.weeks_ago <= cohorts.weeks_ago
  left join torn on powers.weeks_ago = torn.weeks_ago
  where cohorts.weeks_ago <= 12
  group by cohorts.as_of_date, cohorts.has_sign_ups, cohorts.cohort_week, cohorts.weeks_ago, powers.weeks_ago, torn.weeks_ago
),

shares as (
  select
    as_of_date,
    case when has_sign_ups then 'sign_up' else 'first_activity' end as basis,
    cohort_week,
    week_number,
    is_complete,
    cohort_users,
    active_users,
    cast(cohort_users as double) as n,
    cast(active_users as double) / cohort_users as p,
    cast(3.841458820694124 as double) as z2
  from cells
),

final as (
  select
    as_of_date,
    basis,
    cohort_week,
    week_number,
    is_complete,
    cohort_users,
    active_users,
    100 * p as active_percent,
    100 * greatest(0.0, (p + z2 / (2 * n) - sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))) / (1 + z2 / n))
      as low_percent,
    100 * least(1.0, (p + z2 / (2 * n) + sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))) / (1 + z2 / n))
      as high_percent
  from shares
)

select
  as_of_date,
  basis,
  cohort_week,
  week_number,
  is_complete,
  cohort_users,
  active_users,
  active_percent,
  low_percent,
  high_percent
from final
order by cohort_week nulls last, week_number nulls last
