-- question: Who comes often and uses little?
-- grain: user_id
-- reads: rolling.user_window, rolling.table_lifetime
-- columns:
--   as_of_date      | date    |          | as-of date of the report
--   window_days     | integer | days     | length of the short window
--   user_id         | id      |          | a user with at least `many_sessions` sessions and fewer than `few_features` features
--   sessions        | integer | sessions | sessions begun in the window
--   features        | integer | features | different features used in it
--   feature_uses    | integer | uses     | uses of features in it
--   average_seconds | double  | seconds  | mean length of a closed session; missing when there is none
with

final as (
  select
    users.as_of_date,
    users.window_days,
    users.user_id,
    users.sessions,
    users.features,
    users.feature_uses,
    cast(users.session_seconds as double) / nullif(users.closed_sessions, 0) as average_seconds
  from rolling.user_window as users
  inner join settings
    on users.as_of_date = settings.as_of_date
    and users.window_days = settings.short_window_days
  inner join rolling.table_lifetime as tables
    on users.as_of_date = tables.as_of_date
    and tables.table_name = 'feature_usage'
  where users.sessions >= settings.many_sessions
    and users.features < settings.few_features
)

select as_of_date, window_days, user_id, sessions, features, feature_uses, average_seconds
from final
order by sessions desc nulls last, features nulls last, user_id nulls last
