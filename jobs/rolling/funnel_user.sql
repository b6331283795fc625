-- about: How far each user got in the funnel, of those who took its first step in the short window. It is built only if a funnel is set.
-- grain: user_id, step
-- reads: daily.funnel_day window
-- columns:
--   as_of_date | date    |         | last day counted
--   user_id    | id      |         | the user
--   step       | integer |         | place of a step that the user took: the first one in the short window, each other one at or after the one before it, within `funnel.within_days` of the first
--   days_ago   | integer | days    | how many days before the as-of date the first step was
--   seconds    | integer | seconds | time from the step before; 0 for the first
with recursive

events as (
  select
    days.user_id,
    days.step,
    days.step_at,
    days_between(days.event_date, settings.as_of_date) as days_ago
  from daily.funnel_day as days
  inner join settings
    on days_between(days.event_date, settings.as_of_date) between 0 and settings.short_window_days - 1
),

begun as (
  select user_id, min(step_at) as begin_at, max(days_ago) as days_ago
  from events
  where step = 1
  group by user_id
),

-- The first step of each user who began, and the others that still count.
counting as (
  select user_id, cast(1 as bigint) as step, begin_at as step_at
  from begun
  union all
  select events.user_id, events.step, events.step_at
  from events
  cross join settings
  inner join begun on events.user_id = begun.user_id and events.step_at >= begun.begin_at
  where events.step > 1
    and seconds_between(begun.begin_at, events.step_at) <= 86400 * settings.funnel_days
),

-- Each step beside the one after it, so that the next one that a user takes is the first that follows.
paired as (
  select user_id, step as from_step, step_at, 0 as is_next
  from counting
  union all
  select user_id, step - 1, step_at, 1
  from counting
  where step > 1
),

followed as (
  select
    user_id,
    from_step,
    step_at,
    is_next,
    min(case when is_next = 1 then step_at end) over (
      partition by user_id, from_step
      order by step_at nulls last
      range between current row and unbounded following
    ) as next_at
  from paired
),

nexts as (
  select user_id, from_step, step_at, next_at
  from followed
  where is_next = 0
    and next_at is not null
),

reached (user_id, step, begin_at, days_ago, before_at, step_at) as (
  select user_id, cast(1 as bigint), begin_at, days_ago, begin_at, begin_at
  from begun
  union all
  select reached.user_id, reached.step + 1, reached.begin_at, reached.days_ago, reached.step_at, nexts.next_at
  from reached
  inner join nexts
    on reached.user_id = nexts.user_id
    and reached.step = nexts.from_step
    and reached.step_at = nexts.step_at
)

select
  settings.as_of_date,
  reached.user_id,
  reached.step,
  reached.days_ago,
  seconds_between(reached.before_at, reached.step_at) as seconds
from reached
cross join settings
order by reached.user_id nulls last, reached.step nulls last
