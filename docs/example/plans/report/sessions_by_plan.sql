-- question: Which plans and countries have the most sessions?
-- grain: as_of_date, plan, country
-- reads: clean.users until, rolling.user_window
-- columns:
--   as_of_date | date    |          | last date of the window
--   plan       | text    |          | plan of the users; missing where it is not known
--   country    | text    |          | country of the users; missing where it is not known
--   users      | integer | users    | users with something in the short window
--   sessions   | integer | sessions | sessions begun in the short window
select
  settings.as_of_date,
  users.plan,
  users.country,
  cast(count(*) as bigint) as users,
  cast(sum(usage.sessions) as bigint) as sessions
from clean.users as users
inner join rolling.user_window as usage on usage.user_id = users.user_id
cross join settings
where usage.window_days = settings.short_window_days
group by settings.as_of_date, users.plan, users.country
order by sessions desc nulls last, users.plan nulls last, users.country nulls last
