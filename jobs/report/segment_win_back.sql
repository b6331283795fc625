-- question: Which lapsed users are worth winning back?
-- grain: user_id
-- reads: rolling.user_lifetime
-- columns:
--   as_of_date       | date    |            | as-of date of the report
--   rank             | integer |            | place by activities ever, 1 the most; equal ones share a place
--   user_id          | id      |            | a user who was active, but has had no session in the last `inactive_days` days
--   activities       | integer | activities | activities, ever
--   sessions         | integer | sessions   | sessions begun, ever
--   last_login_date  | date    |            | last day with a session
--   days_since_login | integer | days       | days from then to the as-of date
--   reason           | text    |            | why the user is in
with

lapsed as (
  select
    users.as_of_date,
    users.user_id,
    users.activities,
    users.active_days,
    users.sessions,
    users.last_login_date,
    days_between(users.last_login_date, settings.as_of_date) as days_since_login
  from rolling.user_lifetime as users
  inner join settings on users.as_of_date = settings.as_of_date
  where days_between(users.last_login_date, settings.as_of_date) >= settings.inactive_days
    and users.activities > 0
),

final as (
  select
    as_of_date,
    cast(rank() over (order by activities desc nulls last) as bigint) as rank,
    user_id,
    activities,
    sessions,
    last_login_date,
    days_since_login,
    cast(activities as string) || case when activities = 1 then ' activity on ' else ' activities on ' end
      || cast(active_days as string) || case when active_days = 1 then ' day' else ' days' end
      || ', last login ' || cast(days_since_login as string) || case when days_since_login = 1 then ' day ago' else ' days ago' end as reason
  from lapsed
)

select as_of_date, rank, user_id, activities, sessions, last_login_date, days_since_login, reason
from final
order by rank nulls last, user_id nulls last
