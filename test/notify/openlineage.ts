import * as z from 'zod';

/**
 * What a run event of OpenLineage must be, read from its specification
 * (https://openlineage.io/spec/2-0-2/OpenLineage.json and the facets that are sent).
 */
const uri = z.url();
const facet = z.looseObject({ _producer: uri, _schemaURL: uri });
const facets = z.record(z.string(), facet);
const name = z.string().min(1);

const schema = facet.extend({
  fields: z.array(
    z.looseObject({ name, type: z.string().optional(), description: z.string().optional() }),
  ),
});
const assertions = facet.extend({
  assertions: z.array(
    z.looseObject({
      assertion: z.string(),
      success: z.boolean(),
      column: z.string().optional(),
      severity: z.string().optional(),
    }),
  ),
});
const statistics = facet.extend({ rowCount: z.int().optional(), size: z.int().optional() });
const failure = facet.extend({ message: z.string(), programmingLanguage: z.string() });
const jobType = facet.extend({
  processingType: z.string(),
  integration: z.string(),
  jobType: z.string().optional(),
});

const dataset = {
  namespace: name,
  name,
  facets: facets.and(z.looseObject({ schema: schema.optional() })).optional(),
};

export const RUN_EVENT = z.looseObject({
  eventType: z.enum(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']),
  eventTime: z.iso.datetime(),
  producer: uri,
  schemaURL: uri,
  run: z.looseObject({
    runId: z.uuid(),
    facets: facets.and(z.looseObject({ errorMessage: failure.optional() })).optional(),
  }),
  job: z.looseObject({
    namespace: name,
    name,
    facets: facets.and(z.looseObject({ jobType: jobType.optional() })).optional(),
  }),
  inputs: z
    .array(
      z.looseObject({
        ...dataset,
        inputFacets: facets
          .and(z.looseObject({ dataQualityAssertions: assertions.optional() }))
          .optional(),
      }),
    )
    .optional(),
  outputs: z
    .array(
      z.looseObject({
        ...dataset,
        outputFacets: facets
          .and(z.looseObject({ outputStatistics: statistics.optional() }))
          .optional(),
      }),
    )
    .optional(),
});
