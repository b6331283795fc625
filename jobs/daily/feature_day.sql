-- about: Feature use by user and day. Uses with a count of 0 are left out.
-- grain: event_date, user_id, feature_name
-- reads: clean.feature_usage
-- columns:
--   event_date   | date    |      | business date of the use
--   user_id      | id      |      | the user
--   feature_name | text    |      | the feature
--   uses         | integer | uses | uses of the feature by the user on that day, at least 1
with

final as (
  select
    event_date,
    user_id,
    feature_name,
    cast(sum(usage_count) as bigint) as uses
  from clean.feature_usage
  group by event_date, user_id, feature_name
  having sum(usage_count) > 0
)

select event_date, user_id, feature_name, uses
from final
order by user_id nulls last, feature_name nulls last
