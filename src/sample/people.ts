import { FEATURES, SEASON } from './product.js';
import type { Random } from './random.js';

/** A user of the sample product, and their habits. */
export interface Person {
  readonly id: number;
  /** The day they signed up; negative before the sample begins. */
  readonly joins: number;
  /** The first day they no longer come; the day they signed up for people who never logged in. */
  readonly leaves: number;
  /** The chance of coming on an ordinary day, in ten thousand. */
  readonly visits: number;
  /** The length of their sessions in percent of the usual. */
  readonly pace: number;
  /** Indexes of the features they know. */
  readonly features: readonly number[];
  /** The chance of writing a ticket on a day they come, in ten thousand; 0 for the silent. */
  readonly complains: number;
  /** How long their tickets take, in percent of the usual. */
  readonly patience: number;
}

interface Habit {
  readonly share: number;
  readonly visits: readonly [number, number];
  readonly features: readonly [number, number];
}

const HABITS: readonly Habit[] = [
  { share: 34, visits: [400, 1500], features: [2, 4] },
  { share: 35, visits: [2200, 4200], features: [3, 6] },
  { share: 10, visits: [6200, 8200], features: [4, 7] },
  // Come often, use little.
  { share: 11, visits: [4500, 7000], features: [1, 2] },
  // Use nearly everything.
  { share: 10, visits: [3800, 6200], features: [8, 12] },
];
const SHARES = HABITS.map((habit) => habit.share);

const FIRST_ID = 1001;
const STAYS = Number.MAX_SAFE_INTEGER;

/** The plan of a person: those who use much pay most, and many who seldom come pay nothing. */
export function planOf({ id, features, visits }: Person): string {
  if (features.length >= 6) return 'business';
  return visits >= 2200 && id % 3 > 0 ? 'pro' : 'free';
}

/** The users in the order they signed up; six in ten were there before the sample begins. */
export function populate(random: Random, users: number): Person[] {
  const established = Math.trunc((users * 6) / 10);
  const joins = Array.from({ length: users }, (_, index) =>
    index < established
      ? -1 - random.below(400)
      : Math.max(random.below(SEASON), random.below(SEASON)),
  );
  joins.sort((one, other) => one - other);
  return joins.map((day, index) => person(random, FIRST_ID + index, day));
}

function person(random: Random, id: number, joins: number): Person {
  const habit = HABITS[random.weighted(SHARES)] as Habit;
  return {
    id,
    joins,
    leaves: departure(random, joins),
    visits: random.between(...habit.visits),
    pace: random.between(60, 170),
    features: acquaintance(random, random.between(...habit.features)),
    complains: random.chance(4500) ? 0 : random.between(300, 1500),
    patience: random.between(35, 100),
  };
}

function departure(random: Random, joins: number): number {
  if (random.chance(300)) return joins;
  if (joins >= 0) return random.chance(2000) ? joins + random.between(1, 10) : STAYS;
  // Those who leave just before the sample begins are known only by what arrives late.
  if (joins < -10 && random.chance(600)) return 0;
  return random.chance(1500) ? random.between(1, SEASON) : STAYS;
}

function acquaintance(random: Random, count: number): number[] {
  const weights = FEATURES.map((feature) => feature.from + feature.to);
  return Array.from({ length: count }, () => {
    const index = random.weighted(weights);
    weights[index] = 0;
    return index;
  }).sort((one, other) => one - other);
}
