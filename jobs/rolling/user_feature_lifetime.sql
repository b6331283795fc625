-- about: Feature use by user, from the first export to the as-of date.
-- grain: user_id, feature_name
-- reads: previous.user_feature_lifetime before, daily.feature_day since
-- columns:
--   as_of_date      | date    |      | last day counted
--   user_id         | id      |      | the user
--   feature_name    | text    |      | the feature
--   uses            | integer | uses | uses of the feature by the user
--   days_used       | integer | days | days on which the user used it
--   first_used_date | date    |      | first day on which the user used it
--   last_used_date  | date    |      | last day on which the user used it
with

earlier as (
  select max(lifetime.as_of_date) as as_of_date
  from previous.user_feature_lifetime as lifetime
  inner join settings on lifetime.as_of_date < settings.as_of_date
),

stacked as (
  select
    lifetime.user_id,
    lifetime.feature_name,
    lifetime.uses,
    lifetime.days_used,
    lifetime.first_used_date,
    lifetime.last_used_date
  from previous.user_feature_lifetime as lifetime
  inner join earlier on lifetime.as_of_date = earlier.as_of_date
  union all
  select days.user_id, days.feature_name, days.uses, 1, days.event_date, days.event_date
  from daily.feature_day as days
  cross join settings
  cross join earlier
  where days.event_date <= settings.as_of_date
    and (earlier.as_of_date is null or days.event_date > earlier.as_of_date)
),

final as (
  select
    settings.as_of_date,
    stacked.user_id,
    stacked.feature_name,
    cast(sum(stacked.uses) as bigint) as uses,
    cast(sum(stacked.days_used) as bigint) as days_used,
    min(stacked.first_used_date) as first_used_date,
    max(stacked.last_used_date) as last_used_date
  from stacked
  cross join settings
  group by settings.as_of_date, stacked.user_id, stacked.feature_name
)

select as_of_date, user_id, feature_name, uses, days_used, first_used_date, last_used_date
from final
order by user_id nulls last, feature_name nulls last
