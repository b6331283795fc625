import type { SourceColumn } from '../../config/source.js';
import { identifier } from '../../engine/engine.js';

/** The text as the export has it. */
export function asFound(column: SourceColumn): string {
  return identifier(`r_${column.name}`);
}

/** The value that the text parses to as found; NULL for text columns. */
export function first(column: SourceColumn): string {
  return identifier(`f_${column.name}`);
}

/** The trimmed text; of values parsed at the first try it is not needed, and NULL. */
export function trimmed(column: SourceColumn): string {
  return identifier(`s_${column.name}`);
}

/** The trimmed text, NULL where it means missing. */
export function text(column: SourceColumn): string {
  return identifier(`t_${column.name}`);
}

/** The text in the spelling that is parsed. */
export function spelled(column: SourceColumn): string {
  return identifier(`u_${column.name}`);
}

/** The typed value. */
export function value(column: SourceColumn): string {
  return identifier(`v_${column.name}`);
}
