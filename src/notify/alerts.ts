/**
 * The alerts, by a name that stays, and what to do about it; docs/alerts.md has more. Pure; no
 * I/O.
 */
export const CURES = {
  failed:
    'Read the message and remove its cause. Nothing was published; the next night runs it again.',
  gate:
    'Correct the exports and run again, or set the check to warn. The last good release is ' +
    'still live.',
  late:
    'Find out why the exports were not delivered. The night after they arrive brings them in, ' +
    'and restates what they change.',
  freshness:
    'Find out why the exports of the table stopped. Until they come, reports know nothing ' +
    'newer of it.',
} as const;

/** What may be wrong; each is one incident until it is over. */
type Incident = keyof typeof CURES;

/**
 * What a run shows of an incident: its message, null when it is over; nothing where the run cannot
 * tell.
 */
export type Findings = Partial<Record<Incident, string | null>>;

/** The incidents that were reported and are not over, and since when. */
export type Open = Partial<Record<Incident, { readonly since: string; readonly message: string }>>;

/** What is sent. */
export interface Alert {
  readonly alert: Incident | 'recovered';
  /** of recovered: what is over */
  readonly incident: Incident;
  readonly message: string;
  /** what to do */
  readonly cure: string;
  /** when it began; ISO 8601 in UTC */
  readonly since: string;
  readonly at: string;
  /** as-of dates of the run */
  readonly asked: readonly string[];
  /** the output store */
  readonly output: string;
}

/** The alerts of a run: one when an incident begins, one when it is over. */
export function alertsOf(
  open: Open,
  findings: Findings,
  about: Pick<Alert, 'at' | 'asked' | 'output'>,
): Alert[] {
  return (Object.keys(CURES) as Incident[]).flatMap((incident): Alert[] => {
    const [known, message] = [open[incident], findings[incident]];
    if (known === undefined && typeof message === 'string')
      return [
        { alert: incident, incident, message, cure: CURES[incident], since: about.at, ...about },
      ];
    if (known === undefined || message !== null) return [];
    const over = `${incident}, since ${known.since}, is over. It was: ${known.message}`;
    return [
      {
        alert: 'recovered',
        incident,
        message: over,
        cure: 'Nothing is to be done.',
        since: known.since,
        ...about,
      },
    ];
  });
}

/** What is open after an alert was sent. */
export function after(open: Open, { alert, incident, since, message }: Alert): Open {
  const { [incident]: _, ...others } = open;
  return alert === 'recovered' ? others : { ...others, [incident]: { since, message } };
}

/** The alert as Slack's incoming webhooks take it. */
export function slackOf({ alert, message, cure, asked, output }: Alert): { text: string } {
  const sign = alert === 'recovered' ? ':large_green_circle:' : ':red_circle:';
  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const about = `${output}${asked.length === 0 ? '' : `, as of ${asked.at(-1)}`}`;
  const title = `${sign} *Dayfold: ${alert}* (${escaped(about)})`;
  return { text: `${title}\n${escaped(message)}\n_${escaped(cure)}_` };
}
