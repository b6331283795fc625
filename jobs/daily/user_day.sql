-- about: What each user did on each day. One row for each user and day with any data.
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

visits as (
  select
    coalesce(activities.event_date, sessions.event_date) as event_date,
    coalesce(activities.user_id, sessions.user_id) as user_id,
    activities.activities,
    sessions.sessions,
    sessions.closed_sessions,
    sessions.session_seconds,
    sessions.longest_session_seconds
  from activities
  full join sessions on activities.event_date = sessions.event_date and activities.user_id = sessions.user_id
),

used as (
  select
    coalesce(visits.event_date, features.event_date) as event_date,
    coalesce(visits.user_id, features.user_id) as user_id,
    visits.activities,
    visits.sessions,
    visits.closed_sessions,
    visits.session_seconds,
    visits.longest_session_seconds,
    features.feature_uses
  from visits
  full join features on visits.event_date = features.event_date and visits.user_id = features.user_id
),

tickets as (
  select
    coalesce(created.event_date, resolved.event_date) as event_date,
    coalesce(created.user_id, resolved.user_id) as user_id,
    created.tickets_created,
    resolved.tickets_resolved,
    resolved.resolution_seconds
  from created
  full join resolved on created.event_date = resolved.event_date and created.user_id = resolved.user_id
),

final as (
  select
    coalesce(used.event_date, tickets.event_date) as event_date,
    coalesce(used.user_id, tickets.user_id) as user_id,
    cast(coalesce(used.activities, 0) as bigint) as activities,
    cast(coalesce(used.sessions, 0) as bigint) as sessions,
    cast(coalesce(used.closed_sessions, 0) as bigint) as closed_sessions,
    cast(coalesce(used.session_seconds, 0) as bigint) as session_seconds,
    used.longest_session_seconds,
    cast(coalesce(used.feature_uses, 0) as bigint) as feature_uses,
    cast(coalesce(tickets.tickets_created, 0) as bigint) as tickets_created,
    cast(coalesce(tickets.tickets_resolved, 0) as bigint) as tickets_resolved,
    cast(coalesce(tickets.resolution_seconds, 0) as bigint) as resolution_seconds
  from used
  full join tickets on used.event_date = tickets.event_date and used.user_id = tickets.user_id
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
order by user_id nulls last
