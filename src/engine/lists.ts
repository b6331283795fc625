/** A date on which a table has no export. */
export interface Absence {
  readonly table: string;
  readonly date: string;
}

/** A step of the funnel: an activity type or a feature. */
export interface FunnelStep {
  readonly kind: 'activity' | 'feature';
  readonly name: string;
}

/** SELECT of the rows of `absences`, on both engines. */
export function absencesSelect(absences: readonly Absence[]): string {
  const rows = absences.map(({ table, date }) => `, ('${table}', '${date}')`);
  return `select cast(table_name as string) as table_name, cast(event_date as date) as event_date from (values (cast(null as string), cast(null as string))${rows.join('')}) as v(table_name, event_date) where table_name is not null`;
}

/** SELECT of the rows of `funnel_steps`. @param literal a text as a literal of the engine */
export function funnelSelect(
  steps: readonly FunnelStep[],
  literal: (text: string) => string,
): string {
  const rows = steps.map(({ kind, name }, i) => `, (${i + 1}, '${kind}', ${literal(name)})`);
  return `select cast(step as bigint) as step, cast(kind as string) as kind, cast(name as string) as name from (values (0, cast(null as string), cast(null as string))${rows.join('')}) as v(step, kind, name) where kind is not null`;
}
