import { literal } from './dialect.js';

/** What a session is set to, so that the common SQL means the same as elsewhere. */
export const SETTINGS: Readonly<Record<string, string>> = {
  'spark.sql.session.timeZone': 'UTC',
  'spark.sql.timestampType': 'TIMESTAMP_NTZ',
  'spark.sql.ansi.enabled': 'true',
  'spark.sql.ansi.doubleQuotedIdentifiers': 'true',
  'spark.sql.caseSensitive': 'false',
  'spark.sql.legacy.timeParserPolicy': 'CORRECTED',
  'spark.sql.parquet.outputTimestampType': 'TIMESTAMP_MICROS',
  'spark.sql.parquet.writeLegacyFormat': 'false',
  'spark.sql.files.maxRecordsPerFile': '0',
};

/**
 * Raised when a function below, or how models are put to Spark, gives other rows or bytes than
 * before.
 */
export const DIALECT_VERSION = 3;

const f = (name: string, parameters: string, type: string, body: string) =>
  `create or replace temporary function ${name}(${parameters}) returns ${type} return ${body}`;
const re = literal;
/** Java's $ also matches before a last line break: \\z does not. */
const full = (text: string, pattern: string) => `${text} rlike ${re(`\\A(?:${pattern})\\z`)}`;

const YF = '[1-9]\\d{3}-\\d\\d-\\d\\d';
const OFF = '(Z|[+-]\\d\\d(:?[0-5]\\d)?)';
const MONTHS = "array('jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec')";

/**
 * The words that the models use beside common SQL, as functions of a session. What each promises is
 * written beside it in the vocabulary of the embedded engine.
 */
export const VOCABULARY: readonly string[] = [
  // Java takes the earlier instant of two, and counts a skipped time on from before the skip: what
  // the word promises.
  f(
    'utc_from_local',
    'ts TIMESTAMP_NTZ, zone STRING',
    'TIMESTAMP_NTZ',
    `case when zone = 'UTC' then ts else convert_timezone(zone, 'UTC', ts) end`,
  ),
  f(
    'business_date',
    'ts TIMESTAMP_NTZ, zone STRING',
    'DATE',
    `case when zone = 'UTC' then cast(ts as date) else cast(convert_timezone('UTC', zone, ts) as date) end`,
  ),
  // 24:00 of ISO text is the next midnight, which Spark's cast refuses
  f(
    'local_from_iso',
    's STRING',
    'TIMESTAMP_NTZ',
    `case when substr(s, 12, 2) = '24' then case when ${full('substr(s, 12)', '24:00(:00(\\.0{1,9})?)?')} then try_cast(substr(s, 1, 10) as timestamp_ntz) + interval 1 day end else try_cast(s as timestamp_ntz) end`,
  ),
  f(
    'instant_from_offset',
    's STRING',
    'TIMESTAMP_NTZ',
    `case when s like '%Z' or regexp_extract(s, ${re('([+-]\\d\\d):?(\\d\\d)?$')}, 1) between '+00' and '+14' or regexp_extract(s, ${re('([+-]\\d\\d):?(\\d\\d)?$')}, 1) between '-00' and '-12' then cast(try_cast(s as timestamp_ltz) as timestamp_ntz) end`,
  ),
  f(
    'timestamp_from_year_first',
    's STRING, zone STRING',
    'TIMESTAMP_NTZ',
    `case
    when ${full('s', `${YF}([ T]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?)?`)} then utc_from_local(local_from_iso(s), zone)
    when ${full('s', `${YF}[ T]\\d\\d:\\d\\d${OFF}`)} then instant_from_offset(left(s, 16) || ':00' || substr(s, 17))
    when ${full('s', `${YF}[ T]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?${OFF}`)} then instant_from_offset(s) end`,
  ),
  f(
    'ymd_clock',
    'y STRING, m STRING, d STRING, clock STRING',
    'TIMESTAMP_NTZ',
    `try_cast(y || '-' || m || '-' || d || clock as timestamp_ntz)`,
  ),
  f(
    'local_from_numbers',
    's STRING, date_order STRING',
    'TIMESTAMP_NTZ',
    `case
    when date_order = 'day_first' or s like '%.%' then ymd_clock(regexp_extract(s, ${re('^(\\d+)\\D(\\d+)\\D(\\d+)')}, 3), regexp_extract(s, ${re('^(\\d+)\\D(\\d+)\\D(\\d+)')}, 2), regexp_extract(s, ${re('^(\\d+)\\D(\\d+)\\D(\\d+)')}, 1), regexp_extract(s, ${re(' .*$')}, 0))
    when date_order = 'month_first' then ymd_clock(regexp_extract(s, ${re('^(\\d+)\\D(\\d+)\\D(\\d+)')}, 3), regexp_extract(s, ${re('^(\\d+)\\D(\\d+)\\D(\\d+)')}, 1), regexp_extract(s, ${re('^(\\d+)\\D(\\d+)\\D(\\d+)')}, 2), regexp_extract(s, ${re(' .*$')}, 0)) end`,
  ),
  f(
    'local_from_year_last',
    's STRING, date_order STRING',
    'TIMESTAMP_NTZ',
    `case
    when ${full('s', '(\\d{1,2}/\\d{1,2}/|\\d{1,2}-\\d{1,2}-|\\d{1,2}\\.\\d{1,2}\\.)[1-9]\\d{3}( \\d{1,2}:\\d\\d(:\\d\\d)?)?')} then local_from_numbers(s, date_order)
    when ${full('s', '\\d{1,2}-[A-Za-z]{3}-[1-9]\\d{3}( \\d{1,2}:\\d\\d(:\\d\\d)?)?')}
      then ymd_clock(regexp_extract(s, ${re('-(\\d{4})')}, 1), cast(nullif(array_position(${MONTHS}, lower(regexp_extract(s, ${re('-([A-Za-z]{3})-')}, 1))), 0) as string), regexp_extract(s, ${re('^(\\d+)')}, 1), regexp_extract(s, ${re(' .*$')}, 0)) end`,
  ),
  f(
    'timestamp_from_year_last',
    's STRING, date_order STRING, zone STRING, date_zone STRING',
    'TIMESTAMP_NTZ',
    `utc_from_local(local_from_year_last(s, date_order), case when contains(s, ':') then zone else date_zone end)`,
  ),
  f(
    'timestamp_from_epoch',
    's STRING',
    'TIMESTAMP_NTZ',
    `case
    when not (${full('s', '[1-9]\\d+')}) then null
    when length(s) in (9, 10) then cast(timestamp_micros(try_cast(s as bigint) * 1000000) as timestamp_ntz)
    when length(s) = 13 or length(s) = 12 and not (s >= '19' and s < '21') then cast(timestamp_micros(try_cast(s as bigint) * 1000) as timestamp_ntz)
    when length(s) in (15, 16) then cast(timestamp_micros(try_cast(s as bigint)) as timestamp_ntz)
    when length(s) in (18, 19) then cast(timestamp_micros(try_cast(s as bigint) div 1000) as timestamp_ntz) end`,
  ),
  f(
    'parse_timestamp',
    's STRING, date_order STRING, zone STRING, date_zone STRING',
    'TIMESTAMP_NTZ',
    `case
    when length(s) = 10 and s like '____-__-__' then timestamp_from_year_first(s, date_zone)
    when s like '____-__-__%' then timestamp_from_year_first(s, zone)
    when s like '__/%' or s like '__-%' or s like '_/%' or s like '_-%' or s like '__.%' or s like '_.%' then timestamp_from_year_last(s, date_order, zone, date_zone)
    else timestamp_from_epoch(s) end`,
  ),
  f(
    'parse_int',
    's STRING',
    'BIGINT',
    `case when ${full('s', '[+-]?\\d+')} then try_cast(s as bigint) end`,
  ),
  f('to_int', 'x DOUBLE', 'BIGINT', `try_cast(round(x) as bigint)`),
  f('int_div', 'a BIGINT, b BIGINT', 'BIGINT', `a div nullif(b, 0)`),
  f(
    'seconds_between',
    'a TIMESTAMP_NTZ, b TIMESTAMP_NTZ',
    'BIGINT',
    `timestampdiff(MICROSECOND, a, b) div 1000000 - cast(timestampdiff(MICROSECOND, a, b) % 1000000 < 0 as bigint)`,
  ),
  f('days_between', 'a DATE, b DATE', 'BIGINT', `cast(datediff(b, a) as bigint)`),
  f('iso_dow', 'd DATE', 'BIGINT', `cast(weekday(d) + 1 as bigint)`),
  f(
    'snake_case',
    's STRING',
    'STRING',
    `case when ${full('s', '[a-z0-9]+(_[a-z0-9]+)*')} then s
    when octet_length(s) = length(s) then trim(both '_' from regexp_replace(lower(s), '[^a-z0-9]+', '_'))
    else trim(both '_' from regexp_replace(lower(s), ${re('[^\\p{L}\\p{M}\\p{Nd}]+')}, '_')) end`,
  ),
  f(
    're_replace',
    's STRING, p STRING, r STRING',
    'STRING',
    `regexp_replace(s, p, regexp_replace(replace(r, '$', ${re('\\$')}), ${re('\\\\(\\d)')}, ${re('\\$$1')}))`,
  ),
  f('re_test', 's STRING, p STRING', 'BOOLEAN', `s rlike p`),
  f(
    'join_sorted',
    'items ARRAY<STRING>, separator STRING',
    'STRING',
    `case when size(items) > 0 then array_join(array_sort(items), separator) end`,
  ),
];
