-- question: Do users with longer sessions use more features?
-- grain: window_days, measure
-- reads: rolling.user_window, rolling.user_lifetime, rolling.user_feature_lifetime
-- columns:
--   as_of_date    | date    |       | as-of date of the report
--   window_days   | integer | days  | length of the window; missing for the lifetime
--   measure       | text    |       | what a user's mean session length is compared with: feature_uses, or features (different ones)
--   n             | integer | users | users with a closed session, each one pair of numbers
--   pearson       | double  |       | linear correlation; missing below 4 users or when one side does not vary
--   pearson_low   | double  |       | lower end of its 95 % interval
--   pearson_high  | double  |       | upper end of its 95 % interval
--   spearman      | double  |       | correlation of the ranks, equal values sharing their mean rank; missing like pearson
--   spearman_low  | double  |       | lower end of its 95 % interval
--   spearman_high | double  |       | upper end of its 95 % interval
with

-- The lifetime is window 0 until the end.
windows_and_lifetime as (
  select settings.as_of_date, windows.window_days
  from settings
  cross join windows
  union all
  select as_of_date, 0
  from settings
),

measures as (
  select as_of_date, window_days, 'feature_uses' as measure
  from windows_and_lifetime
  union all
  select as_of_date, window_days, 'features'
  from windows_and_lifetime
),

lifetime_features as (
  select uses.user_id, count(*) as features
  from rolling.user_feature_lifetime as uses
  inner join settings on uses.as_of_date = settings.as_of_date
  where uses.feature_name <> 'unknown'
  group by uses.user_id
),

users as (
  select users.window_days, users.session_seconds, users.closed_sessions, users.feature_uses, users.features
  from rolling.user_window as users
  inner join settings on users.as_of_date = settings.as_of_date
  union all
  select 0, lifetime.session_seconds, lifetime.closed_sessions, lifetime.feature_uses, coalesce(used.features, 0)
  from rolling.user_lifetime as lifetime
  inner join settings on lifetime.as_of_date = settings.as_of_date
  left join lifetime_features as used on lifetime.user_id = used.user_id
),

-- A sum of doubles depends on the order of its terms, and so on the number of threads. Everything summed below is
-- therefore a whole number: mean lengths in microseconds, ranks doubled (a mean rank may end in a half), both measured
-- from their middle so that squares stay small; sums are decimals, and only the sums become doubles.
averages as (
  select
    window_days,
    to_int(cast(session_seconds as double) * 1000000 / closed_sessions) as average_micros,
    feature_uses,
    features
  from users
  where closed_sessions > 0
),

sizes as (
  select
    window_days,
    count(*) as n,
    to_int(cast(sum(cast(average_micros as decimal(18, 0))) as double) / count(*)) as middle_micros,
    to_int(cast(sum(cast(feature_uses as decimal(18, 0))) as double) / count(*)) as middle_uses,
    to_int(cast(sum(cast(features as decimal(18, 0))) as double) / count(*)) as middle_features
  from averages
  group by window_days
),

ranked as (
  select
    averages.window_days,
    averages.average_micros - sizes.middle_micros as micros,
    averages.feature_uses - sizes.middle_uses as uses,
    averages.features - sizes.middle_features as features,
    2 * rank() over (partition by averages.window_days order by averages.average_micros nulls last)
      + count(*) over (partition by averages.window_days, averages.average_micros) - sizes.n - 2 as micros_rank,
    2 * rank() over (partition by averages.window_days order by averages.feature_uses nulls last)
      + count(*) over (partition by averages.window_days, averages.feature_uses) - sizes.n - 2 as uses_rank,
    2 * rank() over (partition by averages.window_days order by averages.features nulls last)
      + count(*) over (partition by averages.window_days, averages.features) - sizes.n - 2 as features_rank
  from averages
  inner join sizes on averages.window_days = sizes.window_days
),

pairs as (
  select
    window_days,
    'feature_uses' as measure,
    cast(micros as decimal(38, 0)) as x,
    cast(uses as decimal(38, 0)) as y,
    cast(micros_rank as decimal(38, 0)) as x_rank,
    cast(uses_rank as decimal(38, 0)) as y_rank
  from ranked
  union all
  select
    window_days,
    'features',
    cast(micros as decimal(38, 0)),
    cast(features as decimal(38, 0)),
    cast(micros_rank as decimal(38, 0)),
    cast(features_rank as decimal(38, 0))
  from ranked
),

-- A sum may need more than 64 bits. Its text is rounded once on the way to a double; the decimal itself is rounded
-- twice by DuckDB.
sums as (
  select
    window_days,
    measure,
    count(*) as n,
    min(x) < max(x) and min(y) < max(y) as both_vary,
    cast(cast(sum(x) as string) as double) as x,
    cast(cast(sum(y) as string) as double) as y,
    cast(cast(sum(x * x) as string) as double) as xx,
    cast(cast(sum(y * y) as string) as double) as yy,
    cast(cast(sum(x * y) as string) as double) as xy,
    cast(cast(sum(x_rank * x_rank) as string) as double) as xx_rank,
    cast(cast(sum(y_rank * y_rank) as string) as double) as yy_rank,
    cast(cast(sum(x_rank * y_rank) as string) as double) as xy_rank
  from pairs
  group by window_days, measure
),

-- Rounding may carry a perfect correlation past 1.
coefficients as (
  select
    window_days,
    measure,
    n,
    case
      when n >= 4 and both_vary
        then greatest(-1.0, least(1.0, (xy - x * y / n) / sqrt((xx - x * x / n) * (yy - y * y / n))))
    end as pearson,
    case
      when n >= 4 and both_vary
        then greatest(-1.0, least(1.0, xy_rank / sqrt(xx_rank * yy_rank)))
    end as spearman,
    case
      when n >= 4
        then cast(to_int(tanh(cast(1.959963984540054 as double) / sqrt(cast(n - 3 as double))) * 1e12) as double) / 1e12
    end as margin
  from sums
),

-- Fisher's z with a standard error of 1 / sqrt(n - 3), for the ranks too; a correlation of 1 or -1 is its own interval.
-- The margin is its tanh, because tanh(atanh(r) + m) is (r + tanh m) / (1 + r * tanh m). It is rounded to 12 digits: the
-- last digit of a tanh depends on the machine.
intervals as (
  select
    window_days,
    measure,
    n,
    pearson,
    case when abs(pearson) < 1 then (pearson - margin) / (1 - pearson * margin) else pearson end as pearson_low,
    case when abs(pearson) < 1 then (pearson + margin) / (1 + pearson * margin) else pearson end as pearson_high,
    spearman,
    case when abs(spearman) < 1 then (spearman - margin) / (1 - spearman * margin) else spearman end as spearman_low,
    case when abs(spearman) < 1 then (spearman + margin) / (1 + spearman * margin) else spearman end as spearman_high
  from coefficients
),

final as (
  select
    measures.as_of_date,
    nullif(measures.window_days, 0) as window_days,
    measures.measure,
    coalesce(intervals.n, 0) as n,
    intervals.pearson,
    intervals.pearson_low,
    intervals.pearson_high,
    intervals.spearman,
    intervals.spearman_low,
    intervals.spearman_high
  from measures
  left join intervals
    on measures.window_days = intervals.window_days
    and measures.measure = intervals.measure
)

select
  as_of_date,
  window_days,
  measure,
  n,
  pearson,
  pearson_low,
  pearson_high,
  spearman,
  spearman_low,
  spearman_high
from final
order by window_days nulls last, measure nulls last
