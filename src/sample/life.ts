import type { Person } from './people.js';
import {
  ACTIVITIES,
  ACTIVITY_WEIGHTS,
  busyness,
  CATEGORIES,
  DAY_SECONDS,
  dayOf,
  FEATURES,
  HOURS,
  PRIORITIES,
  popularity,
  RESOLUTIONS,
  SESSION_LENGTHS,
  startOf,
} from './product.js';
import type { Random } from './random.js';

/**
 * What truly happened, before any export makes a mess of it. Instants are whole seconds since 1970,
 * UTC.
 */
export interface Session {
  readonly user: number;
  readonly login: number;
  readonly logout: number;
  readonly activities: readonly Activity[];
  readonly uses: readonly Use[];
  /** True for people who leave just before the sample begins. */
  readonly farewell: boolean;
}

interface Activity {
  readonly type: string;
  readonly at: number;
}

interface Use {
  readonly feature: string;
  readonly count: number;
  readonly at: number;
}

export interface Ticket {
  readonly user: number;
  readonly created: number;
  /** Undefined for a ticket that stays open. */
  readonly resolved: number | undefined;
  readonly category: string;
  readonly priority: string;
}

/**
 * One day in the life of the product: the sessions that begin and the tickets that are written on
 * it.
 */
export function live(
  random: Random,
  people: readonly Person[],
  day: number,
): { sessions: Session[]; tickets: Ticket[] } {
  const sessions: Session[] = [];
  const tickets: Ticket[] = [];
  for (const person of people) {
    if (day < person.joins || day >= person.leaves) continue;
    const farewell = person.leaves === 0;
    if (!farewell && !random.chance(Math.trunc((person.visits * busyness(day)) / 100))) continue;
    for (let left = random.pick([1, 1, 1, 2, 2, 3]); left > 0; left -= 1) {
      sessions.push(session(random, person, day, farewell));
    }
    if (random.chance(person.complains)) tickets.push(ticket(random, person, day));
  }
  sessions.sort((one, other) => one.login - other.login || one.user - other.user);
  return { sessions, tickets };
}

function session(random: Random, person: Person, day: number, farewell: boolean): Session {
  const login = moment(random, day);
  const length = Math.max(20, Math.trunc((random.quantile(SESSION_LENGTHS) * person.pace) / 100));
  const logout = login + Math.min(length, DAY_SECONDS - 1);
  const minutes = Math.trunc(length / 60);
  return {
    user: person.id,
    login,
    logout,
    activities: activities(
      random,
      login,
      logout,
      Math.min(1 + Math.trunc(minutes / 6) + random.below(3), 24),
    ),
    uses: uses(random, person, { login, logout }, 1 + Math.trunc(minutes / 15) + random.below(2)),
    farewell,
  };
}

function activities(random: Random, login: number, logout: number, count: number): Activity[] {
  const between = Array.from({ length: count }, () => random.between(login + 1, logout - 1)).sort(
    (a, b) => a - b,
  );
  return [
    { type: 'login', at: login },
    ...between.map((at) => ({
      type: ACTIVITIES[random.weighted(ACTIVITY_WEIGHTS)] ?? ACTIVITIES[0],
      at,
    })),
    { type: 'logout', at: logout },
  ];
}

function uses(
  random: Random,
  person: Person,
  { login, logout }: Pick<Session, 'login' | 'logout'>,
  wanted: number,
): Use[] {
  const known = person.features.map((index) => FEATURES[index] as (typeof FEATURES)[number]);
  const day = dayOf(login);
  const weights = known.map((feature) => popularity(feature, day));
  return Array.from({ length: Math.min(wanted, known.length) }, () => {
    const index = random.weighted(weights);
    weights[index] = 0;
    return {
      feature: (known[index] as (typeof FEATURES)[number]).name,
      count: random.pick([1, 1, 1, 2, 2, 3, 5]),
      at: random.between(login + 1, logout - 1),
    };
  });
}

function ticket(random: Random, person: Person, day: number): Ticket {
  const created = moment(random, day);
  const taken = Math.max(300, Math.trunc((random.quantile(RESOLUTIONS) * person.patience) / 100));
  return {
    user: person.id,
    created,
    resolved: random.chance(800) ? undefined : created + taken,
    category: random.pick(CATEGORIES),
    priority: random.pick(PRIORITIES),
  };
}

function moment(random: Random, day: number): number {
  return startOf(day) + random.weighted(HOURS) * 3600 + random.below(3600);
}
