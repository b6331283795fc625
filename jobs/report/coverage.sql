-- about: Since when each table has data, and until when. The page leaves out what needs a table that is not here.
-- grain: table_name
-- reads: rolling.table_lifetime
-- columns:
--   as_of_date | date |  | as-of date of the report
--   table_name | text |  | a table with data up to that date
--   first_date | date |  | date on which its data begin, without early rows in later exports; of users the first sign-up, missing where none has a date
--   last_date  | date |  | last date with rows of it
select tables.as_of_date, tables.table_name, tables.first_date, tables.last_date
from rolling.table_lifetime as tables
inner join settings on tables.as_of_date = settings.as_of_date
order by tables.table_name nulls last
