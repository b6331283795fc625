-- about: One row for each support ticket, as last exported.
-- grain: ticket_id
-- reads: staged.support_tickets
-- columns:
--   ticket_id              | id        |         | identifies the ticket
--   user_id                | id        |         | the user who wrote it
--   status                 | text      |         | status of the ticket, in lower snake case; unknown where the export has none
--   created_at             | timestamp |         | when it was written, UTC
--   first_response_at      | timestamp |         | when it was answered first, UTC; missing until then, and where the export does not have it
--   resolved_at            | timestamp |         | when it was resolved, UTC; missing while it is open
--   reopen_count           | integer   | times   | how often it was opened again after a resolution, as last exported; missing where the export does not have it
--   category               | text      |         | what it is about, in lower snake case
--   priority               | text      |         | how urgent it is, in lower snake case
--   created_date           | date      |         | business date on which it was written
--   first_response_date    | date      |         | business date on which it was answered first
--   resolved_date          | date      |         | business date on which it was resolved; missing while it is open
--   first_response_seconds | integer   | seconds | from writing to the first response, in whole seconds
--   resolution_seconds     | integer   | seconds | from writing to resolution, in whole seconds; missing while it is open
select
  tickets.ticket_id,
  tickets.user_id,
  tickets.status,
  tickets.created_at,
  tickets.first_response_at,
  tickets.resolved_at,
  tickets.reopen_count,
  tickets.category,
  tickets.priority,
  business_date(tickets.created_at, settings.time_zone) as created_date,
  business_date(tickets.first_response_at, settings.time_zone) as first_response_date,
  business_date(tickets.resolved_at, settings.time_zone) as resolved_date,
  seconds_between(tickets.created_at, tickets.first_response_at) as first_response_seconds,
  seconds_between(tickets.created_at, tickets.resolved_at) as resolution_seconds
from staged.support_tickets as tickets
cross join settings
order by tickets.ticket_id nulls last
