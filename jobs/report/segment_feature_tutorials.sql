-- question: Whom would a tour of the features help?
-- grain: user_id
-- reads: rolling.user_window, rolling.user_feature_window, rolling.table_lifetime
-- columns:
--   as_of_date    | date    |          | as-of date of the report
--   user_id       | id      |          | a user with at least `many_sessions` sessions and fewer than `few_features` features
--   sessions      | integer | sessions | sessions begun in the short window
--   features      | integer | features | different features used in it
--   features_used | text    |          | their names; missing when there is none
--   reason        | text    |          | why the user is in
with

used as (
  select
    uses.user_id,
    join_sorted(array_agg(uses.feature_name) filter (where uses.feature_name is not null), ', ') as features_used
  from rolling.user_feature_window as uses
  inner join settings
    on uses.as_of_date = settings.as_of_date
    and uses.window_days = settings.short_window_days
  where uses.feature_name <> 'unknown'
  group by uses.user_id
),

final as (
  select
    users.as_of_date,
    users.user_id,
    users.sessions,
    users.features,
    used.features_used,
    cast(users.sessions as string) || case when users.sessions = 1 then ' session in ' else ' sessions in ' end
      || cast(users.window_days as string) || case when users.window_days = 1 then ' day, ' else ' days, ' end
      || case
        when users.features = 0 then 'no feature used'
        when users.features = 1 then '1 feature used: ' || used.features_used
        else cast(users.features as string) || ' features used: ' || used.features_used
      end as reason
  from rolling.user_window as users
  inner join settings
    on users.as_of_date = settings.as_of_date
    and users.window_days = settings.short_window_days
  inner join rolling.table_lifetime as tables
    on users.as_of_date = tables.as_of_date
    and tables.table_name = 'feature_usage'
  left join used on users.user_id = used.user_id
  where users.sessions >= settings.many_sessions
    and users.features < settings.few_features
)

select as_of_date, user_id, sessions, features, features_used, reason
from final
order by sessions desc nulls last, features nulls last, user_id nulls last
