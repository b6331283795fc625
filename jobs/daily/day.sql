-- about: Totals of each day. One row for each day with any data.
-- grain: event_date
-- reads: daily.user_day
-- columns:
--   event_date       | date    |            | business date
--   activities       | integer | activities | activities of that day
--   active_users     | integer | users      | users with an activity
--   sessions         | integer | sessions   | sessions begun on that day, open ones included
--   closed_sessions  | integer | sessions   | those of them that have ended
--   session_seconds  | integer | seconds    | length of the closed sessions together
--   session_users    | integer | users      | users who began a session
--   feature_uses     | integer | uses       | uses of features
--   feature_users    | integer | users      | users who used a feature
--   tickets_created  | integer | tickets    | tickets written on that day
--   tickets_resolved | integer | tickets    | tickets resolved on that day
with

final as (
  select
    event_date,
    cast(sum(activities) as bigint) as activities,
    count(*) filter (where activities > 0) as active_users,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(closed_sessions) as bigint) as closed_sessions,
    cast(sum(session_seconds) as bigint) as session_seconds,
    count(*) filter (where sessions > 0) as session_users,
    cast(sum(feature_uses) as bigint) as feature_uses,
    count(*) filter (where feature_uses > 0) as feature_users,
    cast(sum(tickets_created) as bigint) as tickets_created,
    cast(sum(tickets_resolved) as bigint) as tickets_resolved
  from daily.user_day
  group by event_date
)

select
  event_date,
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
order by event_date nulls last
