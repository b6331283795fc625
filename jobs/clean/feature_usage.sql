-- about: One row for each use, or count of uses, of a feature by a user.
-- grain: event_date, used_at, usage_id, user_id, feature_name
-- reads: staged.feature_usage
-- columns:
--   event_date   | date      |      | business date of the use
--   usage_id     | id        |      | identifies the use; missing where the export has none
--   user_id      | id        |      | the user who used the feature
--   feature_name | text      |      | the feature; unknown where the export has none
--   usage_count  | integer   | uses | how many uses the row stands for
--   used_at      | timestamp |      | when it was used, UTC; for counts the last time
select
  event_date,
  usage_id,
  user_id,
  feature_name,
  usage_count,
  used_at
from staged.feature_usage
