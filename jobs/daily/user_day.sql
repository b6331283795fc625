-- about: What each user did on each day; a row for each user with anything on that day.
-- grain: event_date, user_id
-- reads: clean.activity_log, clean.sessions, clean.support_tickets, daily.feature_day
-- columns:
--   event_date              | date    |            | business date
--   user_id                 | id      |            | the user
--   activities              | integer | activities | activities of that day
--   sessions                | integer | sessions   | sessions begun on that day, open ones included
--   closed_sessions         | integer | sessions   | those of them that have ended
--   session_seconds         | integer | seconds    | length of the closed sessions together
--   longest_session_seconds | integer | seconds    | length of the longest closed session; missing when there is none
--   feature_uses            | integer | uses       | uses of features
--   tickets_created         | integer | tickets    | tickets written on that day
--   tickets_resolved        | integer | tickets    | tickets of the user that were resolved on that day
--   resolution_seconds      | integer | seconds    | time from writing to resolution of those resolved, together
with

activities as (
  select event_date, user_id, count(*) as activities
  from clean.activity_log
  group by event_date, user_id
),

sessions as (
  select
    event_date,
    user_id,
    count(*) as sessions,
    count(duration_seconds) as closed_sessions,
    sum(duration_seconds) as session_seconds,
    max(duration_seconds) as longest_session_seconds
  from clean.sessions
  group by event_date, user_id
),

features as (
  select event_date, user_id, sum(uses) as feature_uses
  from daily.feature_day
  group by event_date, user_id
),

created as (
  select created_date as event_date, user_id, count(*) as tickets_created
  from clean.support_tickets
  group by created_date, user_id
),

resolved as (
  select
    resolved_date as event_date,
    user_id,
    count(*) as tickets_resolved,
    sum(resolution_seconds) as resolution_seconds
  from clean.support_tickets
  where resolved_date is not null
  group by resolved_date, user_id
),

users as (
  select event_date, user_id from activities
  union
  select event_date, user_id from sessions
  union
  select event_date, user_id from features
  union
  select event_date, user_id from created
  union
  select event_date, user_id from resolved
),

final as (
  select
    users.event_date,
    users.user_id,
    cast(coalesce(activities.activities, 0) as bigint) as activities,
    cast(coalesce(sessions.sessions, 0) as bigint) as sessions,
    cast(coalesce(sessions.closed_sessions, 0) as bigint) as closed_sessions,
    cast(coalesce(sessions.session_seconds, 0) as bigint) as session_seconds,
    sessions.longest_session_seconds,
    cast(coalesce(features.feature_uses, 0) as bigint) as feature_uses,
    cast(coalesce(created.tickets_created, 0) as bigint) as tickets_created,
    cast(coalesce(resolved.tickets_resolved, 0) as bigint) as tickets_resolved,
    cast(coalesce(resolved.resolution_seconds, 0) as bigint) as resolution_seconds
  from users
  left join activities on users.event_date = activities.event_date and users.user_id = activities.user_id
  left join sessions on users.event_date = sessions.event_date and users.user_id = sessions.user_id
  left join features on users.event_date = features.event_date and users.user_id = features.user_id
  left join created on users.event_date = created.event_date and users.user_id = created.user_id
  left join resolved on users.event_date = resolved.event_date and users.user_id = resolved.user_id
)

select
  event_date,
  user_id,
  activities,
  sessions,
  closed_sessions,
  session_seconds,
  longest_session_seconds,
  feature_uses,
  tickets_created,
  tickets_resolved,
  resolution_seconds
from final
order by event_date nulls last, user_id nulls last
