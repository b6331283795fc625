-- about: The tickets resolved on each day, and how long each took.
-- grain: event_date, ticket_id
-- reads: clean.support_tickets
-- columns:
--   event_date         | date    |         | business date on which the ticket was resolved
--   ticket_id          | id      |         | the ticket
--   user_id            | id      |         | the user who wrote it
--   resolution_seconds | integer | seconds | from writing to resolution
with

final as (
  select
    resolved_date as event_date,
    ticket_id,
    user_id,
    resolution_seconds
  from clean.support_tickets
  where resolved_date is not null
)

select event_date, ticket_id, user_id, resolution_seconds
from final
order by ticket_id nulls last
