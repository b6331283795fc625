import type { Session, Ticket } from './life.js';
import {
  type Fault,
  faultOf,
  impossibleTime,
  lateness,
  placeholder,
  restyle,
  SHARES,
  spell,
  textId,
  tooEarly,
} from './mess.js';
import { type Person, planOf } from './people.js';
import { dayOf, startOf } from './product.js';
import { csvLine, ExportQueue } from './queue.js';
import type { Random } from './random.js';

/** Where a row belongs: in the export of a day, in the order of time. */
interface Place {
  readonly day: number;
  readonly at: number;
}

/**
 * Turns what happened into the rows that five careless exporters write, and decides which export
 * holds them.
 */
export class Exporter {
  readonly queues = {
    activity_log: new ExportQueue(),
    sessions: new ExportQueue(),
    feature_usage: new ExportQueue(),
    support_tickets: new ExportQueue(),
    users: new ExportQueue(),
  };
  readonly #random: Random;
  readonly #lastIds = { activity: 5_000_000, session: 700_000, use: 2_000_000, ticket: 30_000 };

  constructor(random: Random) {
    this.#random = random;
  }

  /** A sign-up, in the export of its day; those from before the sample are in the first. */
  user(person: Person): void {
    const random = this.#random;
    const joined = startOf(person.joins) + random.between(6 * 3600, 22 * 3600);
    const day = Math.max(person.joins, 0);
    this.#copies(this.queues.users, { day, at: joined }, () =>
      csvLine([person.id, spell(random, joined), planOf(person)]),
    );
  }

  /** A session and all that was done in it. */
  session(session: Session): void {
    const random = this.#random;
    const name = `s${this.#nextId('session')}`;
    const late = lateness(random, session.farewell, dayOf(session.login));
    this.#login(session, name, late);
    for (const { type, at } of session.activities) {
      const id = this.#nextId('activity');
      const fault = faultOf(random, FAULTS.activity_log);
      const row = () => {
        const fields = [
          fault === 'missingId' ? '' : id,
          fault === 'textId' ? textId(random, session.user) : session.user,
          fault === 'missingType'
            ? placeholder(random)
            : fault === 'mixedCase'
              ? restyle(random, type)
              : type,
          fault === 'outOfRange' ? impossibleTime(random) : spell(random, at),
          name,
        ];
        return csvLine(fault === 'fewFields' ? fields.slice(0, 3) : fields);
      };
      this.#copies(this.queues.activity_log, { day: dayOf(at) + late, at }, row, fault);
    }
    for (const { feature, count, at } of session.uses) {
      const id = this.#nextId('use');
      const fault = faultOf(random, FAULTS.feature_usage);
      const row = () =>
        JSON.stringify({
          usage_id: fault === 'missingId' ? null : id,
          user_id: fault === 'textId' ? textId(random, session.user) : session.user,
          feature: fault === 'missingType' ? placeholder(random) : feature,
          usage_count: count,
          last_used: fault === 'outOfRange' ? impossibleTime(random) : spell(random, at),
        });
      this.#copies(this.queues.feature_usage, { day: dayOf(at) + late, at }, row, fault);
    }
  }

  /**
   * A ticket: in the export of the day it is written, and again in that of the day it is resolved.
   */
  ticket(ticket: Ticket): void {
    const random = this.#random;
    const id = this.#nextId('ticket');
    const category = random.chance(SHARES.missingType) ? placeholder(random) : ticket.category;
    const row = (resolved: number | undefined) => {
      const status = resolved === undefined ? 'open' : 'resolved';
      return csvLine([
        id,
        ticket.user,
        random.chance(SHARES.mixedCase) ? restyle(random, status) : status,
        spell(random, ticket.created),
        resolved === undefined ? '' : spell(random, resolved),
        category,
        ticket.priority,
      ]);
    };
    const written = dayOf(ticket.created);
    const { resolved } = ticket;
    const { support_tickets } = this.queues;
    if (resolved === undefined || dayOf(resolved) > written) {
      this.#copies(support_tickets, { day: written, at: ticket.created }, () => row(undefined));
    }
    if (resolved !== undefined) {
      this.#copies(support_tickets, { day: dayOf(resolved), at: resolved }, () => row(resolved));
    }
  }

  /**
   * A ticket whose category somebody typed over two lines: its field is quoted and holds a comma
   * and a newline.
   */
  multilineTicket(user: number, at: number): void {
    const id = this.#nextId('ticket');
    const fields = [
      id,
      user,
      'open',
      spell(this.#random, at),
      '',
      'Billing, invoices\nand taxes',
      'normal',
    ];
    this.queues.support_tickets.place(dayOf(at), at, csvLine(fields));
  }

  #nextId(kind: 'activity' | 'session' | 'use' | 'ticket'): number {
    this.#lastIds[kind] += 1;
    return this.#lastIds[kind];
  }

  #login(session: Session, name: string, late: number): void {
    const random = this.#random;
    const { user, login } = session;
    const fault = faultOf(random, FAULTS.sessions);
    const logout = random.chance(SHARES.swapped) ? tooEarly(random, login) : session.logout;
    const row = (end: number | undefined) =>
      csvLine([
        name,
        fault === 'textId' ? textId(random, user) : user,
        fault === 'outOfRange' ? impossibleTime(random) : spell(random, login),
        end === undefined ? '' : spell(random, end),
      ]);
    const day = dayOf(login) + late;
    const { sessions } = this.queues;
    if (random.chance(SHARES.leftOpen)) {
      sessions.place(day, login, row(undefined));
    } else if (late === 0 && (dayOf(logout) > day || random.chance(SHARES.openFirst))) {
      sessions.place(day, login, row(undefined));
      sessions.place(day + 1, logout, row(logout));
    } else {
      this.#copies(sessions, { day, at: login }, () => row(logout), fault);
    }
  }

  /**
   * Places a row, and sometimes the same row again: further down in its export, or in the next one.
   */
  #copies(queue: ExportQueue, { day, at }: Place, row: () => string, fault: Fault = 'none'): void {
    const random = this.#random;
    const line = row();
    queue.place(day, at, line);
    // The values that count are the same in the copy; their spelling need not be. Faulty rows have
    // no copies, except those that are good after cleaning, so that each share stays what it says.
    const good = fault === 'none' || fault === 'mixedCase' || fault === 'missingId';
    if (!good) return;
    if (random.chance(SHARES.twice))
      queue.place(day, at + random.below(1800), random.chance(5000) ? row() : line);
    if (random.chance(SHARES.again)) queue.place(day + 1, at, random.chance(5000) ? row() : line);
  }
}

const FAULTS = {
  activity_log: ['textId', 'outOfRange', 'fewFields', 'missingId', 'missingType', 'mixedCase'],
  sessions: ['textId', 'outOfRange'],
  feature_usage: ['textId', 'outOfRange', 'missingId', 'missingType'],
} as const;
