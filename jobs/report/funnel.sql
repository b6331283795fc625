-- question: How many users get through the funnel?
-- grain: step
-- reads: rolling.funnel_user, rolling.table_lifetime
-- columns:
--   as_of_date     | date    |         | as-of date of the report
--   step           | integer |         | place of the step in the funnel
--   name           | text    |         | the activity type or feature that is the step
--   users          | integer | users   | users who took it: the first step in the short window, each other one at or after the one before it, within `funnel.within_days` of their first one
--   funnel_percent | double  | percent | share of those who took the first step
--   step_percent   | double  | percent | share of those who took the step before; missing for the first step
--   median_seconds | double  | seconds | median time from the step before, of two in the middle their mean; missing for the first step
--   waiting_users  | integer | users   | users who took it and not the next one, and still have time for it; missing for the last step
with

reached as (
  select users.user_id, users.step, users.days_ago, users.seconds
  from rolling.funnel_user as users
  inner join settings on users.as_of_date = settings.as_of_date
),

furthest as (
  select user_id, max(step) as step
  from reached
  group by user_id
),

waits as (
  select
    step,
    seconds,
    count(*) over (
      partition by step
      order by seconds nulls last, user_id nulls last
      rows between unbounded preceding and current row
    ) as place,
    count(*) over (partition by step) as users
  from reached
),

-- The one in the middle, or the mean of the two.
medians as (
  select step, cast(sum(seconds) as double) / count(*) as median_seconds
  from waits
  where place in (int_div(users + 1, 2), int_div(users, 2) + 1)
  group by step
),

counted as (
  select
    reached.step,
    count(*) as users,
    count(*) filter (
      where furthest.step = reached.step and reached.days_ago < settings.funnel_days
    ) as waiting_users
  from reached
  inner join furthest on reached.user_id = furthest.user_id
  cross join settings
  group by reached.step
),

steps as (
  select
    steps.step,
    steps.name,
    coalesce(counted.users, 0) as users,
    case when steps.step > 1 then medians.median_seconds end as median_seconds,
    coalesce(counted.waiting_users, 0) as waiting_users
  from funnel_steps as steps
  left join counted on steps.step = counted.step
  left join medians on steps.step = medians.step
),

-- Without data on activities, nothing is known of a funnel that has one among its steps; the same of features.
needed as (
  select
    case when kind = 'activity' then 'activity_log' else 'feature_usage' end as table_name
  from funnel_steps
  group by kind
),

lacking as (
  select count(*) as tables
  from needed
  cross join settings
  left join rolling.table_lifetime as tables
    on settings.as_of_date = tables.as_of_date
    and needed.table_name = tables.table_name
  where tables.table_name is null
),

final as (
  select
    settings.as_of_date,
    steps.step,
    steps.name,
    steps.users,
    cast(100 * steps.users as double) / nullif(firsts.users, 0) as funnel_percent,
    cast(100 * steps.users as double) / nullif(before.users, 0) as step_percent,
    steps.median_seconds,
    case when following.step is not null then steps.waiting_users end as waiting_users
  from steps
  cross join settings
  inner join lacking on lacking.tables = 0
  inner join steps as firsts on firsts.step = 1
  left join steps as before on steps.step = before.step + 1
  left join steps as following on steps.step = following.step - 1
)

select as_of_date, step, name, users, funnel_percent, step_percent, median_seconds, waiting_users
from final
order by step nulls last
