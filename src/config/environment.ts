import { parseDocument } from 'yaml';
import { ConfigError } from '../errors.js';
import type { Document } from './document.js';
import { didYouMean } from './suggest.js';

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'DAYFOLD_';

/**
 * What the environment says of a configuration. The rule: `DAYFOLD_` and the keys on the way, in
 * capitals, joined by two underscores; the value is YAML, and nothing is null.
 * `DAYFOLD_OUTPUT__ENDPOINT` is `output.endpoint`. A variable whose first key is none of a
 * configuration is not ours, unless it has further ones: Kubernetes sets DAYFOLD_PORT where a
 * service has that name.
 * @param keys those of a configuration
 * @throws ConfigError for a value that is not YAML, or a variable that cannot be meant otherwise
 */
export function fromEnvironment(
  env: Environment,
  keys: Readonly<Record<string, unknown>>,
): Document {
  const value = {};
  const set: { path: readonly string[]; name: string }[] = [];
  for (const [name, text] of Object.entries(env).sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (!name.startsWith(PREFIX) || text === undefined) continue;
    const path = name.slice(PREFIX.length).toLowerCase().split('__');
    const [first = ''] = path;
    if (!(first in keys)) {
      if (path.length === 1) continue;
      throw new ConfigError(
        `${name}: expected one of ${Object.keys(keys).join(', ')} after ${PREFIX}, found ` +
          `${first}${didYouMean(first, Object.keys(keys))}`,
      );
    }
    put(value, path, parsed(name, text), name);
    set.push({ path, name });
  }
  return {
    file: 'the environment',
    value,
    // of DAYFOLD_OUTPUT and DAYFOLD_OUTPUT__STORE the longer one has the last word
    place: (path) =>
      set
        .filter((each) => each.path.every((key, i) => key === path[i]))
        .sort((one, other) => other.path.length - one.path.length)[0]?.name ?? '',
  };
}

function parsed(name: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new ConfigError(`${name}: expected YAML, found: ${problem.message}`);
  return document.toJS() ?? null;
}

function put(
  value: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  found: unknown,
  name: string,
): void {
  if (rest.length === 0) {
    value[key] = found;
    return;
  }
  value[key] ??= {};
  const next = value[key];
  if (typeof next !== 'object' || Array.isArray(next)) {
    throw new ConfigError(`${name}: expected no variable for ${key} beside it, which is no map`);
  }
  put(next as Record<string, unknown>, rest, found, name);
}
