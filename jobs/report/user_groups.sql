-- question: How do groups of users differ?
-- grain: user_group
-- reads: rolling.user_window, rolling.user_cohort, clean.users until
-- columns:
--   as_of_date          | date    |            | as-of date of the report
--   rank                | integer |            | place by active users; 11 for all groups beyond the tenth together
--   user_group          | text    |            | a group of users, such as their plan: `users.columns.user_group` says what it is; (none) for users without one, (other) for all beyond the tenth
--   known_users         | integer | users      | users of the group in the users table
--   new_users           | integer | users      | those of them who signed up in the short window
--   active_users        | integer | users      | users of the group with an activity in the short window
--   active_percent      | double  | percent    | active users in percent of the known ones; missing for users of no group, who may be unknown
--   cohort_users        | integer | users      | users of the group who came in the last 13 weeks and whose week after that is over
--   retained_percent    | double  | percent    | share of those who were active in that week after
--   activities_per_user | double  | activities | activities in the window for each active user
--   features_per_user   | double  | features   | different features used in the window for each active user
--   sessions            | integer | sessions   | sessions begun in the window
--   average_seconds     | double  | seconds    | mean length of those that have ended
--   tickets_created     | integer | tickets    | tickets written in the window
with

known as (
  select
    users.user_id,
    users.user_group,
    case
      when days_between(users.created_date, settings.as_of_date) < settings.short_window_days then 1
      else 0
    end as is_new
  from clean.users as users
  inner join settings on users.created_date is null or users.created_date <= settings.as_of_date
),

grouped as (
  select count(user_group) > 0 as has_groups
  from known
),

active as (
  select
    users.user_id,
    users.activities,
    users.features,
    users.sessions,
    users.closed_sessions,
    users.session_seconds,
    users.tickets_created
  from rolling.user_window as users
  inner join settings
    on users.as_of_date = settings.as_of_date
    and users.window_days = settings.short_window_days
),

cohorts as (
  select users.user_id, users.next_week_active
  from rolling.user_cohort as users
  inner join settings on users.as_of_date = settings.as_of_date
  where users.next_week_active is not null
),

users as (
  select
    coalesce(known.user_group, '(none)') as user_group,
    case when cohorts.user_id is not null then 1 else 0 end as is_of_cohort,
    coalesce(cohorts.next_week_active, 0) as is_retained,
    case when known.user_id is not null then 1 else 0 end as is_known,
    coalesce(known.is_new, 0) as is_new,
    case when active.activities > 0 then 1 else 0 end as is_active,
    coalesce(active.activities, 0) as activities,
    case when active.activities > 0 then active.features else 0 end as features,
    coalesce(active.sessions, 0) as sessions,
    coalesce(active.closed_sessions, 0) as closed_sessions,
    coalesce(active.session_seconds, 0) as session_seconds,
    coalesce(active.tickets_created, 0) as tickets_created
  from known
  full outer join active on known.user_id = active.user_id
  full outer join cohorts on coalesce(known.user_id, active.user_id) = cohorts.user_id
),

sums as (
  select
    user_group,
    cast(sum(is_known) as bigint) as known_users,
    cast(sum(is_new) as bigint) as new_users,
    cast(sum(is_active) as bigint) as active_users,
    cast(sum(is_of_cohort) as bigint) as cohort_users,
    cast(sum(is_retained) as bigint) as retained_users,
    cast(sum(activities) as bigint) as activities,
    cast(sum(features) as bigint) as features,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(closed_sessions) as bigint) as closed_sessions,
    cast(sum(session_seconds) as bigint) as session_seconds,
    cast(sum(tickets_created) as bigint) as tickets_created
  from users
  group by user_group
),

places as (
  select
    user_group,
    known_users,
    new_users,
    active_users,
    cohort_users,
    retained_users,
    activities,
    features,
    sessions,
    closed_sessions,
    session_seconds,
    tickets_created,
    cast(
      count(*) over (
        order by active_users desc nulls last, known_users desc nulls last, user_group nulls last
        rows between unbounded preceding and current row
      ) as bigint
    ) as place
  from sums
),

totals as (
  select
    case when place <= 10 then place else 11 end as rank,
    case when place <= 10 then user_group else '(other)' end as user_group,
    cast(sum(known_users) as bigint) as known_users,
    cast(sum(new_users) as bigint) as new_users,
    cast(sum(active_users) as bigint) as active_users,
    cast(sum(cohort_users) as bigint) as cohort_users,
    cast(sum(retained_users) as bigint) as retained_users,
    cast(sum(activities) as bigint) as activities,
    cast(sum(features) as bigint) as features,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(closed_sessions) as bigint) as closed_sessions,
    cast(sum(session_seconds) as bigint) as session_seconds,
    cast(sum(tickets_created) as bigint) as tickets_created
  from places
  group by case when place <= 10 then place else 11 end, case when place <= 10 then user_group else '(other)' end
),

final as (
  select
    settings.as_of_date,
    cast(totals.rank as bigint) as rank,
    totals.user_group,
    totals.known_users,
    totals.new_users,
    totals.active_users,
    case
      when totals.user_group <> '(none)' then cast(100 * totals.active_users as double) / nullif(totals.known_users, 0)
    end as active_percent,
    totals.cohort_users,
    cast(100 * totals.retained_users as double) / nullif(totals.cohort_users, 0) as retained_percent,
    cast(totals.activities as double) / nullif(totals.active_users, 0) as activities_per_user,
    cast(totals.features as double) / nullif(totals.active_users, 0) as features_per_user,
    totals.sessions,
    cast(totals.session_seconds as double) / nullif(totals.closed_sessions, 0) as average_seconds,
    totals.tickets_created
  from totals
  cross join settings
  inner join grouped on grouped.has_groups
)

select
  as_of_date,
  rank,
  user_group,
  known_users,
  new_users,
  active_users,
  active_percent,
  cohort_users,
  retained_percent,
  activities_per_user,
  features_per_user,
  sessions,
  average_seconds,
  tickets_created
from final
order by rank nulls last, user_group nulls last
