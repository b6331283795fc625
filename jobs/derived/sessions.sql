-- about: Sessions, for deliveries that have activities and no sessions. Activities of a user that follow
--   each other within settings.session_gap_minutes are one session. It ends with its last activity, at the latest on the day after it began.
with
activities as (
  select
    user_id,
    activity_at
  from clean.activity_log
),
ordered as (
  select
    user_id,
    activity_at,
    lag(activity_at) over (partition by user_id order by activity_at nulls last) as before_at
  from activities
),
begun as (
  select
    ordered.user_id,
    ordered.activity_at,
    case
      when seconds_between(ordered.before_at, ordered.activity_at) <= 60 * settings.session_gap_minutes then 0
      else 1
    end as begins
  from ordered
  cross join settings
),
numbered as (
  select
    user_id,
    activity_at,
    sum(begins) over (
      partition by user_id
      order by activity_at nulls last
      range between unbounded preceding and current row
    ) as place
  from begun
),
final as (
  select
    user_id,
    min(activity_at) as login_at,
    max(activity_at) as logout_at
  from numbered
  group by
    user_id,
    place
)
select
  cast(user_id as string) || ' ' || cast(login_at as string) as session_id,
  user_id,
  login_at,
  logout_at
from final
