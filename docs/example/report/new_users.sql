-- question: How many users are new, day by day?
-- grain: event_date
-- reads: rolling.user_lifetime
-- columns:
--   as_of_date | date    |       | as-of date of the report
--   event_date | date    |       | a day on which a user was seen for the first time
--   users      | integer | users | users who were never seen before it
with

final as (
  select lifetime.as_of_date, lifetime.first_date as event_date, count(*) as users
  from rolling.user_lifetime as lifetime
  inner join settings
    on lifetime.as_of_date = settings.as_of_date
    and days_between(lifetime.first_date, settings.as_of_date)
      between 0 and settings.short_window_days - 1
  group by lifetime.as_of_date, lifetime.first_date
)

select as_of_date, event_date, users
from final
order by event_date nulls last
