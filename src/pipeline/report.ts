import type { PreparedModel } from './models.js';
import type { Night } from './night.js';
export async function report(
  _night: Night,
  _models: readonly PreparedModel[],
  _asOf: readonly string[],
): Promise<void> {}
