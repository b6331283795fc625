-- about: When each user took the steps of `settings.funnel`, day by day. It is built only if a funnel is set.
-- grain: event_date, user_id, step, step_at
-- reads: clean.activity_log, clean.feature_usage
-- columns:
--   event_date | date      |  | business date
--   user_id    | id        |  | the user
--   step       | integer   |  | place of the step in the funnel, from 1
--   step_at    | timestamp |  | a time at which the user took it, UTC
with

taken as (
  select activities.event_date, activities.user_id, steps.step, activities.activity_at as step_at
  from clean.activity_log as activities
  inner join funnel_steps as steps
    on activities.activity_type = steps.name
    and steps.kind = 'activity'
  union
  select uses.event_date, uses.user_id, steps.step, uses.used_at
  from clean.feature_usage as uses
  inner join funnel_steps as steps
    on uses.feature_name = steps.name
    and steps.kind = 'feature'
  where uses.usage_count > 0
)

select event_date, user_id, step, step_at
from taken
order by user_id nulls last, step nulls last, step_at nulls last
