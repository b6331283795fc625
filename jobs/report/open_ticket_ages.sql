-- about: Open tickets by age: the histogram of open_tickets.
-- grain: from_days
-- reads: clean.support_tickets until
-- columns:
--   as_of_date | date    |         | as-of date of the report
--   from_days  | integer | days    | an age in days, at least
--   to_days    | integer | days    | and under
--   tickets    | integer | tickets | open tickets of that age; steps without any are left out
with

ages as (
  select
    settings.as_of_date,
    days_between(tickets.created_date, settings.as_of_date) as age_days
  from clean.support_tickets as tickets
  inner join settings
    on tickets.created_date <= settings.as_of_date
    and (tickets.resolved_date is null or tickets.resolved_date > settings.as_of_date)
),

-- At most twenty steps of whole days.
steps as (
  select int_div(max(age_days), 20) + 1 as step_days
  from ages
),

final as (
  select
    ages.as_of_date,
    int_div(ages.age_days, steps.step_days) * steps.step_days as from_days,
    (int_div(ages.age_days, steps.step_days) + 1) * steps.step_days as to_days,
    count(*) as tickets
  from ages
  cross join steps
  group by
    ages.as_of_date,
    int_div(ages.age_days, steps.step_days) * steps.step_days,
    (int_div(ages.age_days, steps.step_days) + 1) * steps.step_days
)

select as_of_date, from_days, to_days, tickets
from final
order by from_days nulls last
