import { identifier, QueryError, quote, type Session } from '../../engine/engine.js';
import { ConfigError } from '../../errors.js';
import type { Model } from '../../model/model.js';
import { factsOf, type Section } from '../../model/section.js';
import type { Answer, Fact } from '../../report/report.js';

/**
 * Works out what is said of a report: its facts, and the first sentence that holds and has a value
 * for all it names. The session has `settings`, of whichever date.
 * @param rows SQL of a relation with all rows of the report
 * @throws ConfigError for facts or conditions that do not run
 */
export async function answerOf(
  session: Session,
  { model, section }: { readonly model: Model; readonly section: Section },
  asOf: string,
  rows: string,
): Promise<Answer> {
  try {
    const [row] = await session.rows(answerSql(section, asOf, rows));
    const facts = JSON.parse(withExactIntegers(String(row?.facts))) as Record<string, Fact>;
    const chosen = row?.chosen == null ? undefined : section.answer[Number(row.chosen)];
    return { sentence: chosen?.say, facts };
  } catch (error) {
    if (!(error instanceof QueryError) && !(error instanceof SyntaxError)) throw error;
    throw new ConfigError(
      `${model.file.replace(/\.sql$/, '.yaml')}: expected facts and conditions that run, and ` +
        `no infinite numbers, found: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * JSON whose integers are text where a number would not hold all of their digits, as in
 * report.json.
 */
function withExactIntegers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}

/** The names of its relations are no names of facts, which would hide them. */
function answerSql({ facts, answer }: Section, asOf: string, rows: string): string {
  const aggregates = Object.entries(facts).map(([name, sql]) => `${sql} as ${identifier(name)}`);
  const cases = answer.map(({ when, say }, i) => {
    const present = factsOf(say).map((name) => `${identifier(name)} is not null`);
    return `when ${[`(${when})`, ...present].join(' and ')} then ${i}`;
  });
  const choice = cases.length === 0 ? 'null' : `case ${cases.join(' ')} end`;
  return `with report as (from ${rows}),
    "of settings" as (select * exclude (as_of_date) from settings),
    "of facts" as (select ${[...aggregates, 'count(*) as all_rows'].join(', ')} from report cross
      join "of settings"),
    "all of it" as (select "of facts".*, "of settings".*, DATE ${quote(asOf)} as as_of_date
      from "of facts" cross join "of settings")
    select to_json("all of it") as facts, ${choice} as chosen from "all of it"`;
}
