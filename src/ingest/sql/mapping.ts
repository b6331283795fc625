import type { Source, SourceColumn } from '../../config/source.js';

/**
 * What of a table's settings decides which values are read from a record that keeps to the rules;
 * the rest only decides which records do. Records that were good have the same values as long as
 * this is the same. Pure.
 */
export function readingOf(source: Source): unknown {
  const {
    files,
    required,
    description,
    missing_exports,
    max_quarantine,
    max_conflicts,
    allow_empty,
    drift,
    key,
    dates,
    unique_within_days,
    ...rest
  } = source;
  const columns = source.columns.map((column) => {
    const { required, accepted, min, max, not_before, description, isAdded, ...reading } = column;
    return { ...reading, missing: wordsReadAsMissing(column) };
  });
  return { ...rest, columns };
}

/**
 * Of the words for missing those that would be a value otherwise. Any other word was refused before
 * it was one.
 */
function wordsReadAsMissing({ type, missing }: SourceColumn): readonly string[] {
  switch (type) {
    case 'text':
    case 'category':
      return missing;
    case 'boolean':
      return missing.filter((word) => /^(true|t|yes|y|1|false|f|no|n|0)$/i.test(word));
    default:
      return missing.filter((word) => /\d/.test(word));
  }
}
