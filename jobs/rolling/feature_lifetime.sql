-- about: Feature use from the first export to the as-of date. Uses without a feature name are left out.
-- grain: feature_name
-- reads: rolling.user_feature_lifetime
-- columns:
--   as_of_date      | date    |       | last day counted
--   feature_name    | text    |       | the feature
--   uses            | integer | uses  | uses of the feature
--   users           | integer | users | users who used it, counted exactly
--   first_used_date | date    |       | first day on which anybody used it
--   last_used_date  | date    |       | last day on which anybody used it
with

final as (
  select
    lifetime.as_of_date,
    lifetime.feature_name,
    cast(sum(lifetime.uses) as bigint) as uses,
    count(*) as users,
    min(lifetime.first_used_date) as first_used_date,
    max(lifetime.last_used_date) as last_used_date
  from rolling.user_feature_lifetime as lifetime
  inner join settings on lifetime.as_of_date = settings.as_of_date
  where lifetime.feature_name <> 'unknown'
  group by lifetime.as_of_date, lifetime.feature_name
)

select as_of_date, feature_name, uses, users, first_used_date, last_used_date
from final
order by feature_name nulls last
