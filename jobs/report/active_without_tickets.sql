-- question: Which active users have never written a ticket?
-- grain: user_id
-- reads: rolling.user_window, rolling.user_lifetime, rolling.table_lifetime
-- columns:
--   as_of_date         | date    |            | as-of date of the report
--   window_days        | integer | days       | length of the short window
--   user_id            | id      |            | a user with an activity in the window and no ticket ever
--   activities         | integer | activities | activities in the window
--   active_days        | integer | days       | days of the window with an activity
--   sessions           | integer | sessions   | sessions begun in the window
--   last_activity_date | date    |            | last day with an activity
with

writers as (
  select lifetime.user_id
  from rolling.user_lifetime as lifetime
  inner join settings on lifetime.as_of_date = settings.as_of_date
  where lifetime.tickets_created > 0
),

final as (
  select
    users.as_of_date,
    users.window_days,
    users.user_id,
    users.activities,
    users.active_days,
    users.sessions,
    users.last_activity_date
  from rolling.user_window as users
  inner join settings
    on users.as_of_date = settings.as_of_date
    and users.window_days = settings.short_window_days
  inner join rolling.table_lifetime as tables
    on users.as_of_date = tables.as_of_date
    and tables.table_name = 'support_tickets'
  left join writers on users.user_id = writers.user_id
  where users.activities > 0
    and writers.user_id is null
)

select as_of_date, window_days, user_id, activities, active_days, sessions, last_activity_date
from final
order by activities desc nulls last, user_id nulls last
