-- about: Users by average session length and uses of features: the scatter plot of session_feature_correlation.
-- grain: from_seconds, from_uses
-- reads: rolling.user_window
-- columns:
--   as_of_date   | date    |         | as-of date of the report
--   from_seconds | integer | seconds | a mean session length in the short window, at least
--   to_seconds   | integer | seconds | and under
--   from_uses    | integer | uses    | uses of features in the window, at least
--   to_uses      | integer | uses    | and under
--   users        | integer | users   | users with a closed session who lie there; steps without any are left out
with

pairs as (
  select
    users.as_of_date,
    int_div(users.session_seconds, users.closed_sessions) as average_seconds,
    users.feature_uses
  from rolling.user_window as users
  inner join settings
    on users.as_of_date = settings.as_of_date
    and users.window_days = settings.short_window_days
  where users.closed_sessions > 0
),

steps as (
  select
    1 + int_div(max(average_seconds), 24) as step_seconds,
    1 + int_div(max(feature_uses), 16) as step_uses
  from pairs
),

placed as (
  select
    pairs.as_of_date,
    int_div(pairs.average_seconds, steps.step_seconds) * steps.step_seconds as from_seconds,
    int_div(pairs.feature_uses, steps.step_uses) * steps.step_uses as from_uses,
    steps.step_seconds,
    steps.step_uses
  from pairs
  cross join steps
),

final as (
  select
    as_of_date,
    from_seconds,
    from_seconds + step_seconds as to_seconds,
    from_uses,
    from_uses + step_uses as to_uses,
    count(*) as users
  from placed
  group by as_of_date, from_seconds, step_seconds, from_uses, step_uses
)

select as_of_date, from_seconds, to_seconds, from_uses, to_uses, users
from final
order by from_seconds nulls last, from_uses nulls last
