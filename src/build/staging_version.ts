/** Changed when staging itself changes, so that exports are staged anew. */
export const STAGING_VERSION = 8;
