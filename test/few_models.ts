import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILT_IN = fileURLToPath(new URL('../jobs', import.meta.url));

/**
 * The models of nights that are not about reports: with all of them a night takes three times as
 * long.
 */
const FEW = [
  ...['clean', 'derived', 'daily', 'checks'],
  ...[
    'rolling/user_window.sql',
    'rolling/user_feature_window.sql',
    'rolling/resolution_lifetime.sql',
  ],
  ...['rolling/row_lifetime.sql', 'rolling/table_lifetime.sql', 'rolling/gap_window.sql'],
  ...['report/busiest_days.sql', 'report/many_sessions_few_features.sql'],
];

/** Puts them into a folder, which takes the place of the one with the built-in models. */
export function copyFewModels(folder: string): void {
  for (const model of FEW)
    cpSync(path.join(BUILT_IN, model), path.join(folder, model), { recursive: true });
}
