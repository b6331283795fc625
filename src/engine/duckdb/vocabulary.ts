/**
 * The words the models use beside common SQL, as DuckDB macros: run the text once on each
 * connection. A word means the same on every engine; what it promises is in the comment above
 * it. Each takes NULL to NULL.
 *
 * parse_timestamp decides by length and LIKE, in the order in which shapes are common, because it
 * runs on every row: a LIKE with underscores costs a third of a cast, while a regular expression
 * costs as much and try_strptime thrice that. A macro repeats its argument, and DuckDB does not
 * share common terms between the branches of a CASE: hand it a column.
 */
export const VOCABULARY = String.raw`
-- Instants pass through bare microseconds: a cast between TIMESTAMP and TIMESTAMPTZ would depend on
-- the session's time zone.
create or replace macro local_from_utc(ts, zone) as timezone(zone, make_timestamptz(epoch_us(ts)));

-- ICU takes the later of two instants; when the clock was set back in the six hours before it, the
-- earlier one is tried.
create or replace macro set_back(ts, later, zone) as
  epoch_us(timezone(zone, make_timestamptz(later - 21600000000))) + 21600000000 - epoch_us(ts);

create or replace macro first_instant(ts, later, zone) as
  case
    when set_back(ts, later, zone) <= 0 then later
    when timezone(zone, make_timestamptz(later - set_back(ts, later, zone))) = ts then later - set_back(ts, later, zone)
    else later
  end;

-- The instant, as UTC, of a local time. A local time that occurs twice is the earlier instant; one
-- that the clock skipped counts on from before the skip (02:30 is 03:30 summer time). A list of one
-- gives its term a name: it is planned and worked out once.
create or replace macro utc_from_local(ts, zone) as
  case
    when zone = 'UTC' then ts
    else list_transform([ts], lambda t:
      list_transform([epoch_us(timezone(zone, t))], lambda later: make_timestamp(first_instant(t, later, zone)))[1])[1]
  end;

-- The date on the wall calendar of the zone at an instant given as UTC.
create or replace macro business_date(ts, zone) as
  case when zone = 'UTC' then cast(ts as date) else cast(local_from_utc(ts, zone) as date) end;

-- Text with an offset, which names its instant whatever the zone. Offsets run from -12:00 to
-- +14:00.
create or replace macro instant_from_offset(s) as
  case
    when s like '%Z' or regexp_extract(s, '([+-]\d\d):?(\d\d)?$', 1) between '+00' and '+14'
      or regexp_extract(s, '([+-]\d\d):?(\d\d)?$', 1) between '-00' and '-12'
      then make_timestamp(epoch_us(try_cast(s as timestamptz)))
  end;

-- Each try_strptime costs milliseconds to plan, so there is one for each order, whatever the
-- separators.
create or replace macro local_from_numbers(s, date_order) as
  case
    when date_order = 'day_first' or s like '%.%'
      then try_strptime(translate(s, '/.', '--'), ['%d-%m-%Y %H:%M:%S', '%d-%m-%Y %H:%M', '%d-%m-%Y'])
    when date_order = 'month_first'
      then try_strptime(translate(s, '/', '-'), ['%m-%d-%Y %H:%M:%S', '%m-%d-%Y %H:%M', '%m-%d-%Y'])
  end;

create or replace macro timestamp_from_year_first(s, zone) as
  case
    when regexp_full_match(s, '[1-9]\d{3}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?')
      then utc_from_local(try_cast(s as timestamp), zone)
    -- DuckDB wants seconds before an offset.
    when regexp_full_match(s, '[1-9]\d{3}-\d\d-\d\d[ T]\d\d:\d\d(Z|[+-]\d\d(:?[0-5]\d)?)')
      then instant_from_offset(left(s, 16) || ':00' || substr(s, 17))
    when regexp_full_match(s, '[1-9]\d{3}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d(:?[0-5]\d)?)')
      then instant_from_offset(s)
  end;

create or replace macro local_from_year_last(s, date_order) as
  case
    when regexp_full_match(s, '(\d{1,2}/\d{1,2}/|\d{1,2}-\d{1,2}-|\d{1,2}\.\d{1,2}\.)[1-9]\d{3}( \d{1,2}:\d\d(:\d\d)?)?')
      then local_from_numbers(s, date_order)
    when regexp_full_match(s, '\d{1,2}-[A-Za-z]{3}-[1-9]\d{3}( \d{1,2}:\d\d(:\d\d)?)?')
      then try_strptime(s, ['%d-%b-%Y %H:%M:%S', '%d-%b-%Y %H:%M', '%d-%b-%Y'])
  end;

create or replace macro timestamp_from_year_last(s, date_order, zone, date_zone) as
  case
    when zone = date_zone or contains(s, ':') then utc_from_local(local_from_year_last(s, date_order), zone)
    else utc_from_local(local_from_year_last(s, date_order), date_zone)
  end;

-- Digits alone are seconds, milli-, micro- or nanoseconds since 1970 by how many there are: from
-- 1973 to 2286. Fewer digits are refused: 2024 is a year, 20241005 a day, and neither is a moment
-- of 1970. So are twelve digits that may be a date and a clock: 202410051030.
create or replace macro timestamp_from_epoch(s) as
  case
    when not regexp_full_match(s, '[1-9]\d+') then null
    when strlen(s) in (9, 10) then make_timestamp(try_cast(s as bigint) * 1000000)
    when strlen(s) = 13 or strlen(s) = 12 and not (s >= '19' and s < '21') then make_timestamp(try_cast(s as bigint) * 1000)
    when strlen(s) in (15, 16) then make_timestamp(try_cast(s as bigint))
    when strlen(s) in (18, 19) then make_timestamp(try_cast(s as bigint) // 1000)
  end;

-- The instant, as UTC, that the text names; NULL where it names none. The caller trims blanks.
--   2026-10-05, 2026-10-05 10:00[:00[.000000]], also with T for the blank; Z, +02, +0200 or +02:00 may follow a time
--   10/05/2026, 10-05-2026 [10:00[:00]]    by date_order: month_first or day_first; with any other, NULL
--   05.10.2026, 05-Oct-2026 [10:00[:00]]   day first, always
--   1790709223, also in milli-, micro- and nanoseconds
-- A time without an offset is local to zone. A date without a time is that date of date_zone: its
-- first moment. Years before 1000 and impossible dates are NULL; 24:00 of ISO text is the next
-- midnight; digits after the microsecond are dropped.
create or replace macro parse_timestamp(s, date_order, zone, date_zone) as
  case
    when strlen(s) = 19 and s like '____-__-_____:__:__' and s >= '1' then utc_from_local(try_cast(s as timestamp), zone)
    when strlen(s) = 20 and s like '____-__-_____:__:__Z' and s >= '1' then try_cast(s as timestamp)
    when strlen(s) = 10 and s like '____-__-__' and s >= '1' then utc_from_local(try_cast(s as timestamp), date_zone)
    when strlen(s) = 25 and s like '____-__-_____:__:__+0_:__' and s >= '1' and substr(s, 24, 1) < '6'
      then make_timestamp(epoch_us(try_cast(s as timestamptz)))
    when s like '____-__-__%' then timestamp_from_year_first(s, zone)
    when s like '__/%' or s like '__-%' or s like '_/%' or s like '_-%' or s like '__.%' or s like '_.%'
      then timestamp_from_year_last(s, date_order, zone, date_zone)
    else timestamp_from_epoch(s)
  end;

-- A whole number of at most 64 bits: digits, a sign before them, nothing else.
create or replace macro parse_int(s) as
  case
    when cast(try_cast(s as bigint) as varchar) = s or regexp_full_match(s, '[+-]?\d+') then try_cast(s as bigint)
  end;

-- The nearest whole number, halves away from zero; NULL where 64 bits do not hold it.
create or replace macro to_int(x) as try_cast(round(x) as bigint);

-- The quotient of whole numbers, rounded towards zero; NULL when the divisor is 0.
create or replace macro int_div(a, b) as a // nullif(b, 0);

-- Whole seconds from a to b, rounded down (so below zero when b is earlier).
create or replace macro seconds_between(a, b) as
  (epoch_us(b) - epoch_us(a)) // 1000000 - cast((epoch_us(b) - epoch_us(a)) % 1000000 < 0 as bigint);

-- Days from date a to date b.
create or replace macro days_between(a, b) as date_diff('day', cast(a as date), cast(b as date));

-- 1 for Monday to 7 for Sunday.
create or replace macro iso_dow(d) as isodow(d);

-- Lower case; each run of characters other than letters (with their marks) and digits is one _,
-- none at the ends.
create or replace macro snake_case(s) as
  case
    when regexp_full_match(s, '[a-z0-9]+(_[a-z0-9]+)*') then s
    when strlen(s) = length(s) then trim(regexp_replace(lower(s), '[^a-z0-9]+', '_', 'g'), '_')
    else trim(regexp_replace(lower(s), '[^\p{L}\p{M}\p{Nd}]+', '_', 'g'), '_')
  end;

-- Every match of the pattern (RE2) replaced; \1 is the first group.
create or replace macro re_replace(s, pattern, replacement) as regexp_replace(s, pattern, replacement, 'g');

-- Whether the pattern (RE2) matches anywhere in the text.
create or replace macro re_test(s, pattern) as regexp_matches(s, pattern);

-- The items in ascending order with the separator between them; NULL when there are none.
create or replace macro join_sorted(items, separator) as
  case when len(items) > 0 then array_to_string(list_sort(items, 'ASC', 'NULLS LAST'), separator) end;
`;
