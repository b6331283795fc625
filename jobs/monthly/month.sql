-- about: Totals of each month that has ended. Each user counts once. A month has ended when the daily tables have a later date.
-- grain: month_date
-- reads: daily.user_day month
-- columns:
--   month_date       | date    |            | first day of the month
--   days             | integer | days       | dates of the month on which there was anything
--   activities       | integer | activities | activities of the month
--   active_users     | integer | users      | different users with an activity
--   sessions         | integer | sessions   | sessions begun in the month, open ones included
--   closed_sessions  | integer | sessions   | those of them that have ended
--   session_seconds  | integer | seconds    | length of the closed sessions together
--   session_users    | integer | users      | different users who began a session
--   feature_uses     | integer | uses       | uses of features
--   feature_users    | integer | users      | different users who used a feature
--   tickets_created  | integer | tickets    | tickets written in the month
--   tickets_resolved | integer | tickets    | tickets resolved in the month
with

dates as (
  select event_date, cast(re_replace(cast(event_date as string), '[0-9][0-9]\z', '01') as date) as month_date
  from daily.user_day
  group by event_date
),

lengths as (
  select month_date, count(*) as days
  from dates
  group by month_date
),

users as (
  select
    dates.month_date,
    days.user_id,
    sum(days.activities) as activities,
    sum(days.sessions) as sessions,
    sum(days.closed_sessions) as closed_sessions,
    sum(days.session_seconds) as session_seconds,
    sum(days.feature_uses) as feature_uses,
    sum(days.tickets_created) as tickets_created,
    sum(days.tickets_resolved) as tickets_resolved
  from daily.user_day as days
  inner join dates on days.event_date = dates.event_date
  group by dates.month_date, days.user_id
),

final as (
  select
    users.month_date,
    max(lengths.days) as days,
    cast(sum(users.activities) as bigint) as activities,
    count(*) filter (where users.activities > 0) as active_users,
    cast(sum(users.sessions) as bigint) as sessions,
    cast(sum(users.closed_sessions) as bigint) as closed_sessions,
    cast(sum(users.session_seconds) as bigint) as session_seconds,
    count(*) filter (where users.sessions > 0) as session_users,
    cast(sum(users.feature_uses) as bigint) as feature_uses,
    count(*) filter (where users.feature_uses > 0) as feature_users,
    cast(sum(users.tickets_created) as bigint) as tickets_created,
    cast(sum(users.tickets_resolved) as bigint) as tickets_resolved
  from users
  inner join lengths on users.month_date = lengths.month_date
  group by users.month_date
)

select
  month_date,
  days,
  activities,
  active_users,
  sessions,
  closed_sessions,
  session_seconds,
  session_users,
  feature_uses,
  feature_users,
  tickets_created,
  tickets_resolved
from final
order by month_date nulls last
