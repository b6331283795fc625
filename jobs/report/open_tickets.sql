-- question: Which tickets are open, and how old are they?
-- grain: ticket_id
-- reads: clean.support_tickets until
-- columns:
--   as_of_date   | date    |      | as-of date of the report
--   ticket_id    | id      |      | a ticket written and not resolved up to the as-of date
--   age_days     | integer | days | days from the date it was written to the as-of date
--   created_date | date    |      | business date on which it was written
--   user_id      | id      |      | the user who wrote it
--   status       | text    |      | its status, as last exported
--   category     | text    |      | what it is about; missing where the export has none
--   priority     | text    |      | how urgent it is; missing where the export has none
with

final as (
  select
    settings.as_of_date,
    tickets.ticket_id,
    days_between(tickets.created_date, settings.as_of_date) as age_days,
    tickets.created_date,
    tickets.user_id,
    tickets.status,
    tickets.category,
    tickets.priority
  from clean.support_tickets as tickets
  inner join settings
    on tickets.created_date <= settings.as_of_date
    and (tickets.resolved_date is null or tickets.resolved_date > settings.as_of_date)
)

select as_of_date, ticket_id, age_days, created_date, user_id, status, category, priority
from final
order by age_days desc nulls last, ticket_id nulls last
