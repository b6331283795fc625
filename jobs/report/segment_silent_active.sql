-- question: Which active users have we never heard from?
-- grain: user_id
-- reads: rolling.user_window, rolling.user_lifetime, rolling.table_lifetime
-- columns:
--   as_of_date         | date    |            | as-of date of the report
--   user_id            | id      |            | a user with an activity in the short window and no ticket ever
--   activities         | integer | activities | activities in the window
--   active_days        | integer | days       | days of the window with an activity
--   last_activity_date | date    |            | last day with an activity
--   first_date         | date    |            | first day with anything of the user
--   reason             | text    |            | why the user is in
with

silent as (
  select lifetime.user_id, lifetime.first_date
  from rolling.user_lifetime as lifetime
  inner join settings on lifetime.as_of_date = settings.as_of_date
  where lifetime.tickets_created = 0
),

final as (
  select
    users.as_of_date,
    users.user_id,
    users.activities,
    users.active_days,
    users.last_activity_date,
    silent.first_date,
    cast(users.activities as string)
      || case when users.activities = 1 then ' activity on ' else ' activities on ' end
      || cast(users.active_days as string) || ' of ' || cast(users.window_days as string)
      || ' days, first seen on ' || cast(silent.first_date as string) || ', no ticket' as reason
  from rolling.user_window as users
  inner join settings
    on users.as_of_date = settings.as_of_date
    and users.window_days = settings.short_window_days
  inner join rolling.table_lifetime as tables
    on users.as_of_date = tables.as_of_date
    and tables.table_name = 'support_tickets'
  inner join silent on users.user_id = silent.user_id
  where users.activities > 0
)

select as_of_date, user_id, activities, active_days, last_activity_date, first_date, reason
from final
order by activities desc nulls last, user_id nulls last
