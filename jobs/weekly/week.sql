-- about: Totals of each week that has ended. Each user counts once. A week has ended when the daily tables have a later date.
-- grain: week_date
-- reads: daily.day week, daily.user_day week
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

totals as (
  select
    event_date + cast(1 - iso_dow(event_date) as integer) as week_date,
    count(*) as days,
    sum(activities) as activities,
    sum(sessions) as sessions,
    sum(closed_sessions) as closed_sessions,
    sum(session_seconds) as session_seconds,
    sum(feature_uses) as feature_uses,
    sum(tickets_created) as tickets_created,
    sum(tickets_resolved) as tickets_resolved
  from daily.day
  group by week_date
),

-- what each user did most on one day: above 0 if at all
peaks as (
  select
    event_date + cast(1 - iso_dow(event_date) as integer) as week_date,
    user_id,
    max(activities) as activities,
    max(sessions) as sessions,
    max(feature_uses) as feature_uses
  from daily.user_day
  group by week_date, user_id
),

users as (
  select
    week_date,
    count(*) filter (where activities > 0) as active_users,
    count(*) filter (where sessions > 0) as session_users,
    count(*) filter (where feature_uses > 0) as feature_users
  from peaks
  group by week_date
),

final as (
  select
    totals.week_date,
    totals.days,
    cast(totals.activities as bigint) as activities,
    users.active_users,
    cast(totals.sessions as bigint) as sessions,
    cast(totals.closed_sessions as bigint) as closed_sessions,
    cast(totals.session_seconds as bigint) as session_seconds,
    users.session_users,
    cast(totals.feature_uses as bigint) as feature_uses,
    users.feature_users,
    cast(totals.tickets_created as bigint) as tickets_created,
    cast(totals.tickets_resolved as bigint) as tickets_resolved
  from totals
  inner join users on totals.week_date = users.week_date
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
