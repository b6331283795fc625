import { configDefaults, defineConfig } from 'vitest/config';

/** Suites that need an S3 server and credentials. They make buckets of their own. */
const ON_A_SERVER = 'test/**/*.s3.test.ts';
const hasServer = Boolean(process.env.AWS_ENDPOINT_URL_S3);
if (!hasServer)
  console.error(
    `Skipped: ${ON_A_SERVER}; set AWS_ENDPOINT_URL_S3 and credentials to run them (docs/s3.md)`,
  );

/** Suites that start their own Spark Connect servers, from a folder of pyspark, with Java 17. */
const ON_SPARK = 'test/**/*.spark.test.ts';
const hasSpark = Boolean(process.env.SPARK_HOME);
if (!hasSpark) console.error(`Skipped: ${ON_SPARK}; set SPARK_HOME to run them (docs/spark.md)`);

/** Suites that take minutes: sequences of nights, kills, broken files, nights over the sample. */
const LONG = 'test/**/*.long.test.ts';
const areLongOnes = Boolean(process.env.DAYFOLD_LONG_TESTS);
if (!areLongOnes)
  console.error(`Skipped: ${LONG}; set DAYFOLD_LONG_TESTS=1 to run them (.ci/run does)`);

export default defineConfig({
  test: {
    globalSetup: ['wasm.mjs', 'test/in_memory.ts'],
    setupFiles: 'test/setup.ts',
    include: ['test/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...(hasServer ? [] : [ON_A_SERVER]),
      ...(hasSpark ? [] : [ON_SPARK]),
      ...(areLongOnes ? [] : [LONG]),
    ],
    // files that run in one process share what they import, which takes longer than many a test
    isolate: false,
    // one core is left free unless told otherwise, which on two is half of the machine
    maxWorkers: '100%',
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
