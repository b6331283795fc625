-- about: Users who joined in the week of the as-of date, or in one of the twelve weeks before it.
-- grain: user_id
-- reads: rolling.user_activity_lifetime, rolling.table_lifetime, rolling.gap_window, clean.users until
-- columns:
--   as_of_date       | date    |       | last day counted
--   user_id          | id      |       | the user
--   basis            | text    |       | what says when the user came: sign_up, where the users table has a date, or first_activity
--   cohort_week      | date    |       | Monday of the week of it; weeks that the data on activities do not cover are left out
--   weeks_ago        | integer | weeks | how long before the week of the as-of date that week was
--   active_weeks     | integer |       | weeks with an activity: 1 stands for that of the as-of date, 2 for the one before, 4 for the one before that
--   next_week_active | integer |       | 1 if the user was active in the week after, else 0; missing while it is not over, or where a day of it lacks data
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

active as (
  select users.user_id, users.first_activity_date, users.active_weeks
  from rolling.user_activity_lifetime as users
  inner join settings on users.as_of_date = settings.as_of_date
),

-- A user whom the users table does not know, or has no date for, counts from the first activity.
begun as (
  select
    coalesce(sign_ups.user_id, active.user_id) as user_id,
    sign_ups.user_id is not null as has_sign_up,
    coalesce(sign_ups.created_date, active.first_activity_date) as begin_date,
    coalesce(active.active_weeks, 0) as active_weeks
  from active
  full outer join sign_ups on active.user_id = sign_ups.user_id
),

cohorts as (
  select
    user_id,
    has_sign_up,
    begin_date + cast(1 - iso_dow(begin_date) as integer) as cohort_week,
    active_weeks
  from begun
),

-- A user who is first seen in the week in which the data begin may have come long before.
recent as (
  select
    now.as_of_date,
    cohorts.user_id,
    case when cohorts.has_sign_up then 'sign_up' else 'first_activity' end as basis,
    cohorts.cohort_week,
    int_div(days_between(cohorts.cohort_week, now.week_date), 7) as weeks_ago,
    cohorts.active_weeks
  from cohorts
  cross join now
  where cohorts.cohort_week >= now.first_date + cast(case when cohorts.has_sign_up then 0 else 1 end as integer)
    and days_between(cohorts.cohort_week, now.week_date) <= 84
),

-- The weeks in which a day has no data on activities.
torn as (
  select distinct int_div(days_between(gaps.event_date, now.week_date) + 6, 7) as weeks_ago
  from rolling.gap_window as gaps
  inner join now on gaps.as_of_date = now.as_of_date
  where gaps.table_name = 'activity_log'
),

final as (
  select
    recent.as_of_date,
    recent.user_id,
    recent.basis,
    recent.cohort_week,
    recent.weeks_ago,
    recent.active_weeks,
    case
      when torn.weeks_ago is null and (powers.weeks_ago > 0 or iso_dow(recent.as_of_date) = 7)
        then int_div(recent.active_weeks, powers.digit) - 2 * int_div(recent.active_weeks, 2 * powers.digit)
    end as next_week_active
  from recent
  left join powers on recent.weeks_ago = powers.weeks_ago + 1
  left join torn on powers.weeks_ago = torn.weeks_ago
)

select as_of_date, user_id, basis, cohort_week, weeks_ago, active_weeks, next_week_active
from final
order by user_id nulls last
