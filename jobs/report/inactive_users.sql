-- question: Who has not logged in for a long time, or never?
-- grain: user_id
-- reads: rolling.user_lifetime, clean.users until, rolling.table_lifetime
-- columns:
--   as_of_date         | date    |            | as-of date of the report
--   user_id            | id      |            | a user without a session in the last `inactive_days` days
--   reason             | text    |            | lapsed: logged in before; active_without_login: known by other records, but no session ever; never_logged_in: known from `users` alone
--   last_login_date    | date    |            | last day with a session; missing when there is none
--   days_since_login   | integer | days       | days from then to the as-of date
--   last_activity_date | date    |            | last day with an activity; missing when there is none
--   created_date       | date    |            | business date of the sign-up; missing when it is not known
--   sessions           | integer | sessions   | sessions begun, ever
--   activities         | integer | activities | activities, ever
with

sign_ups as (
  select users.user_id, users.created_date
  from clean.users as users
  cross join settings
  where users.created_date is null
    or users.created_date <= settings.as_of_date
),

seen as (
  select
    lifetime.user_id,
    lifetime.last_login_date,
    lifetime.last_activity_date,
    lifetime.sessions,
    lifetime.activities
  from rolling.user_lifetime as lifetime
  inner join settings on lifetime.as_of_date = settings.as_of_date
),

known as (
  select
    coalesce(seen.user_id, sign_ups.user_id) as user_id,
    case
      when seen.last_login_date is not null then 'lapsed'
      when seen.user_id is not null then 'active_without_login'
      else 'never_logged_in'
    end as reason,
    seen.last_login_date,
    seen.last_activity_date,
    sign_ups.created_date,
    coalesce(seen.sessions, 0) as sessions,
    coalesce(seen.activities, 0) as activities
  from seen
  full outer join sign_ups on seen.user_id = sign_ups.user_id
),

final as (
  select
    settings.as_of_date,
    known.user_id,
    known.reason,
    known.last_login_date,
    days_between(known.last_login_date, settings.as_of_date) as days_since_login,
    known.last_activity_date,
    known.created_date,
    known.sessions,
    known.activities
  from known
  cross join settings
  inner join rolling.table_lifetime as tables
    on settings.as_of_date = tables.as_of_date
    and tables.table_name = 'sessions'
  where known.last_login_date is null
    or days_between(known.last_login_date, settings.as_of_date) >= settings.inactive_days
)

select
  as_of_date,
  user_id,
  reason,
  last_login_date,
  days_since_login,
  last_activity_date,
  created_date,
  sessions,
  activities
from final
order by reason nulls last, last_login_date desc nulls last, user_id nulls last
