/** A date on which a table has no export. */
export interface Absence {
  readonly table: string;
  readonly date: string;
}

/** A table that is delivered, and the date of its first export. */
export interface Delivery {
  readonly table: string;
  readonly first: string;
}

/** What models find of the exports up to an as-of date. */
export interface Exports {
  readonly absences: readonly Absence[];
  readonly deliveries: readonly Delivery[];
}

/** A step of the funnel: an activity type or a feature. */
export interface FunnelStep {
  readonly kind: 'activity' | 'feature';
  readonly name: string;
}

/** SELECTs of the rows of `absences` and `deliveries`, by name, on both engines. */
export function exportsSelects({
  absences,
  deliveries,
}: Exports): [name: string, select: string][] {
  return [
    [
      'absences',
      datesSelect(
        'event_date',
        absences.map(({ table, date }) => [table, date]),
      ),
    ],
    [
      'deliveries',
      datesSelect(
        'first_date',
        deliveries.map(({ table, first }) => [table, first]),
      ),
    ],
  ];
}

function datesSelect(
  column: string,
  dates: readonly (readonly [table: string, date: string])[],
): string {
  const rows = dates.map(([table, date]) => `, ('${table}', '${date}')`);
  return `select cast(table_name as string) as table_name, cast(${column} as date) as ${column}
    from (values (cast(null as string), cast(null as string))${rows.join('')})
      as v(table_name, ${column})
    where table_name is not null`;
}

/** SELECT of the rows of `funnel_steps`. @param literal a text as a literal of the engine */
export function funnelSelect(
  steps: readonly FunnelStep[],
  literal: (text: string) => string,
): string {
  const rows = steps.map(({ kind, name }, i) => `, (${i + 1}, '${kind}', ${literal(name)})`);
  return (
    'select cast(step as bigint) as step, cast(kind as string) as kind, cast(name as string) ' +
    `as name from (values (0, cast(null as string), cast(null as string))${rows.join('')}) as ` +
    'v(step, kind, name) where kind is not null'
  );
}
