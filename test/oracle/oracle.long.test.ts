import { test } from 'vitest';
import { useOracle } from './play.js';

/** How many sequences are tried. */
const SEQUENCES = Number(process.env.DAYFOLD_SEQUENCES ?? 15);
const { play } = useOracle();

test(
  'whatever happens to the exports, the release holds what the oracle says, and no more was built than had to be',
  () => play(SEQUENCES),
  24 * 3_600_000,
);

test(
  'so it does where a file holds the rows of a month',
  () => play(SEQUENCES, { parquet: { partition_by: 'month' } }),
  24 * 3_600_000,
);
