/** Changed when staging itself changes, so that exports are staged again. */
export const STAGING_VERSION = 12;
