import { type Config, completed, isMap, readLayers } from './config.js';
import { type Document, SECRET_KEY } from './document.js';
import type { Environment } from './environment.js';

/** A value of a complete configuration, and what says so. */
export interface Effective {
  readonly key: string;
  readonly value: unknown;
  /**
   * a variable, file and line, or `default`; of a table that does not set it also what
   * table_defaults say
   */
  readonly from: string;
}

/**
 * Every value of the configuration that a command would have, in the order of the defaults, and
 * where each comes from. What may hold a secret is not shown.
 * @throws ConfigError as loadConfig does
 */
export async function effectiveConfig(
  file?: string,
  env: Environment = process.env,
): Promise<Effective[]> {
  const layers = await readLayers(file, env);
  const { file: _, base: __, ...config }: Config = completed(layers, file);
  const originOf = (path: readonly string[]): string => {
    const documents = [layers.environment, layers.file, ...layers.presets.toReversed()];
    const own = documents.find((document) => has(document, path));
    if (own !== undefined) return own === layers.defaults ? 'default' : own.place(path);
    const [first, , ...rest] = path;
    return first === 'tables' && !has(layers.defaults, path)
      ? originOf(['table_defaults', ...rest])
      : 'default';
  };
  return leavesOf(config, []).map(([path, value]) => ({
    key: path.join('.'),
    value: withoutSecrets(path.at(-1) ?? '', value),
    from: originOf(path),
  }));
}

function leavesOf(value: unknown, path: readonly string[]): [readonly string[], unknown][] {
  if (!isMap(value) || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...path, key]));
}

function has({ value }: Document, path: readonly string[]): boolean {
  let at = value;
  for (const key of path) {
    if (!isMap(at) || !(key in at)) return false;
    at = at[key];
  }
  return true;
}

const HIDDEN = '***';

/**
 * A webhook's path is what lets one in, and so may arguments of a command and the query of a URL
 * be.
 */
function withoutSecrets(key: string, value: unknown): unknown {
  if (value === null) return value;
  if (SECRET_KEY.test(key)) return HIDDEN;
  if (key === 'command' && Array.isArray(value))
    return value.slice(0, 1).concat(value.length > 1 ? [HIDDEN] : []);
  if (key === 'webhook' || key === 'url') return `${new URL(String(value)).origin}/${HIDDEN}`;
  return value;
}
