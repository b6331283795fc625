-- about: Totals of each week that has ended. Each user counts once. A week has ended when the daily tables have a later date.
-- grain: week_date
-- reads: daily.user_day week
-- columns:
--   week_date        | date    |            | Monday of the week
--   days             | integer | days       | dates of the week on which there was anything
--   activities       | integer | activities | activities of the week
--   active_users     | integer | users      | different users with an activity
--   sessions         | integer | sessions   | sessions begun in the week, open ones included
--   closed_sessions  | integer | sessions   | those of them that have ended
--   session_seconds  | integer | seconds    | length of the closed sessions together
--   session_users    | integer | users      | different users who began a session
--   feature_uses     | integer | uses       | uses of features
--   feature_users    | integer | users      | different users who used a feature
--   tickets_created  | integer | tickets    | tickets written in the week
--   tickets_resolved | integer | tickets    | tickets resolved in the week
with

dates as (
  select event_date, event_date + cast(1 - iso_dow(event_date) as integer) as week_date
  from daily.user_day
  group by event_date
),

lengths as (
  select week_date, count(*) as days
  from dates
  group by week_date
),

users as (
  select
    dates.week_date,
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
  group by dates.week_date, days.user_id
),

final as (
  select
    users.week_date,
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
  inner join lengths on users.week_date = lengths.week_date
  group by users.week_date
)

select
  week_date,
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
order by week_date nulls last
