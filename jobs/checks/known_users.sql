-- about: Active users that are not in the users table. Without a users table it has no rows.
-- grain: as_of_date, user_id
-- reads: clean.users until, daily.user_day
-- columns:
--   as_of_date | date    |          | the date of the sessions
--   user_id    | id      |          | the user
--   sessions   | integer | sessions | sessions begun on that date
with

known as (
  select user_id
  from clean.users
  cross join settings
  where users.created_date is null or users.created_date <= settings.as_of_date
),

active as (
  select settings.as_of_date, user_day.user_id, user_day.sessions
  from daily.user_day as user_day
  cross join settings
  where user_day.event_date = settings.as_of_date and user_day.sessions > 0
)

select active.as_of_date, active.user_id, active.sessions
from active
cross join (select count(*) as users from known) as table_of_users
left join known on known.user_id = active.user_id
where known.user_id is null and table_of_users.users > 0
order by active.as_of_date nulls last, active.user_id nulls last
