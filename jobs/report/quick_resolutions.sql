-- question: Whose tickets are resolved quickly on average?
-- grain: user_id
-- reads: rolling.user_lifetime
-- columns:
--   as_of_date       | date    |         | as-of date of the report
--   user_id          | id      |         | a user whose tickets took less than `quick_resolution_days` days on average
--   tickets_resolved | integer | tickets | tickets of the user that were resolved
--   open_tickets     | integer | tickets | tickets of the user that are not, which have no length
--   average_seconds  | double  | seconds | mean time from writing to resolution
--   average_days     | double  | days    | the same in days of 24 hours
with

final as (
  select
    users.as_of_date,
    users.user_id,
    users.tickets_resolved,
    users.tickets_created - users.tickets_resolved as open_tickets,
    cast(users.resolution_seconds as double) / nullif(users.tickets_resolved, 0) as average_seconds,
    cast(users.resolution_seconds as double) / nullif(86400 * users.tickets_resolved, 0) as average_days
  from rolling.user_lifetime as users
  inner join settings on users.as_of_date = settings.as_of_date
  where users.tickets_resolved > 0
    and users.resolution_seconds < settings.quick_resolution_days * 86400 * users.tickets_resolved
)

select as_of_date, user_id, tickets_resolved, open_tickets, average_seconds, average_days
from final
order by average_seconds nulls last, user_id nulls last
