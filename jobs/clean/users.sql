-- about: One row for each user known, whether active or not.
-- grain: user_id
-- reads: staged.users
-- columns:
--   user_id      | id        |  | the user
--   created_at   | timestamp |  | when the user signed up, UTC; missing where the export has none
--   created_date | date      |  | business date of the sign-up; missing where the export has none
--   user_group   | text      |  | the group to compare the user by, in lower snake case; missing where the export has none
select
  users.user_id,
  users.created_at,
  business_date(users.created_at, settings.time_zone) as created_date,
  users.user_group
from staged.users as users
cross join settings
order by users.user_id nulls last
