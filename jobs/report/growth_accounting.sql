-- question: Where does the growth in users come from?
-- grain: week_date
-- reads: rolling.user_activity_lifetime, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date     | date    |       | as-of date of the report
--   week_date      | date    |       | Monday of a week after the one in which the data begin, of the last 13
--   is_complete    | boolean |       | whether the week is over on the as-of date, and no day of it lacks data on activities
--   active_users   | integer | users | users with an activity in the week: new, retained and returned ones
--   new_users      | integer | users | those who were never active before
--   retained_users | integer | users | those who were active in the week before, too
--   returned_users | integer | users | those who were active before, but not in the week before
--   lost_users     | integer | users | users who were active in the week before and not in this one; missing unless both weeks are complete
--   users_change   | integer | users | active users less those of the week before: new and returned less lost; missing like the lost users
with recursive

powers (weeks_ago, digit) as (
  select cast(0 as bigint), cast(1 as bigint)
  union all
  select weeks_ago + 1, 2 * digit
  from powers
  where weeks_ago < 13
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

-- The weeks in which a day has no data on activities.
torn as (
  select distinct int_div(days_between(gaps.event_date, now.week_date) + 6, 7) as weeks_ago
  from rolling.gap_window as gaps
  inner join now on gaps.as_of_date = now.as_of_date
  where gaps.table_name = 'activity_log'
),

weeks as (
  select
    now.as_of_date,
    now.week_date + cast(-7 * powers.weeks_ago as integer) as week_date,
    (powers.weeks_ago > 0 or iso_dow(now.as_of_date) = 7) and torn.weeks_ago is null as is_complete,
    before.weeks_ago is null
      and now.week_date + cast(-7 * (powers.weeks_ago + 1) as integer) >= now.first_date as is_before_complete,
    powers.digit
  from now
  cross join powers
  left join torn on powers.weeks_ago = torn.weeks_ago
  left join torn as before on powers.weeks_ago + 1 = before.weeks_ago
  where powers.weeks_ago < 13
    and now.week_date + cast(-7 * powers.weeks_ago as integer) > now.first_date
),

patterns as (
  select
    users.first_activity_date + cast(1 - iso_dow(users.first_activity_date) as integer) as first_week_date,
    users.active_weeks,
    count(*) as users
  from rolling.user_activity_lifetime as users
  inner join settings on users.as_of_date = settings.as_of_date
  group by users.first_activity_date + cast(1 - iso_dow(users.first_activity_date) as integer), users.active_weeks
),

placed as (
  select
    weeks.as_of_date,
    weeks.week_date,
    weeks.is_complete,
    weeks.is_before_complete,
    patterns.users,
    patterns.first_week_date = weeks.week_date as is_new,
    int_div(patterns.active_weeks, weeks.digit) - 2 * int_div(patterns.active_weeks, 2 * weeks.digit) = 1 as is_active,
    int_div(patterns.active_weeks, 2 * weeks.digit) - 2 * int_div(patterns.active_weeks, 4 * weeks.digit) = 1
      as was_active
  from weeks
  left join patterns on patterns.first_week_date <= weeks.week_date
),

final as (
  select
    as_of_date,
    week_date,
    is_complete,
    is_before_complete,
    cast(coalesce(sum(users) filter (where is_active), 0) as bigint) as active_users,
    cast(coalesce(sum(users) filter (where is_active and is_new), 0) as bigint) as new_users,
    cast(coalesce(sum(users) filter (where is_active and was_active), 0) as bigint) as retained_users,
    cast(coalesce(sum(users) filter (where is_active and not was_active and not is_new), 0) as bigint)
      as returned_users,
    cast(coalesce(sum(users) filter (where was_active and not is_active), 0) as bigint) as lost_users
  from placed
  group by as_of_date, week_date, is_complete, is_before_complete
)

select
  as_of_date,
  week_date,
  is_complete,
  active_users,
  new_users,
  retained_users,
  returned_users,
  case when is_complete and is_before_complete then lost_users end as lost_users,
  case when is_complete and is_before_complete then new_users + returned_users - lost_users end as users_change
from final
order by week_date nulls last
