import { test } from 'vitest';
import { INTERPRETED, useSpark } from '../engine/spark/cluster.js';
import { useOracle } from './play.js';

/** How many sequences are tried, none unless asked for: one takes half a minute and more. */
const SEQUENCES = Number(process.env.DAYFOLD_SPARK_SEQUENCES ?? 0);
const { spark } = useSpark(INTERPRETED);
const { play } = useOracle();

test.skipIf(SEQUENCES === 0)(
  'on Spark, too, the release holds what the oracle says, and no more was built than had to be',
  () => play(SEQUENCES, { engine: { kind: 'spark', remote: spark().remote } }),
  24 * 3_600_000,
);
