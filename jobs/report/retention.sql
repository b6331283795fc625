-- question: How many new users are still active weeks later?
-- grain: cohort_week, week_number
-- reads: rolling.user_cohort, rolling.gap_window
-- columns:
--   as_of_date     | date    |         | as-of date of the report
--   basis          | text    |         | what puts users into a cohort: sign_up, where the users table has dates of all of them; first_activity, where it has none; or both
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
    as_of_date,
    as_of_date + cast(1 - iso_dow(as_of_date) as integer) as week_date
  from settings
),

cohorts as (
  select
    users.as_of_date,
    users.basis,
    users.cohort_week,
    users.weeks_ago,
    users.active_weeks,
    count(*) as users
  from rolling.user_cohort as users
  inner join now on users.as_of_date = now.as_of_date
  group by users.as_of_date, users.basis, users.cohort_week, users.weeks_ago, users.active_weeks
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
    case when min(cohorts.basis) = max(cohorts.basis) then min(cohorts.basis) else 'both' end as basis,
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
  group by cohorts.as_of_date, cohorts.cohort_week, cohorts.weeks_ago, powers.weeks_ago, torn.weeks_ago
),

shares as (
  select
    as_of_date,
    basis,
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
    cast(100 * active_users as double) / cohort_users as active_percent,
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
