import { access } from 'node:fs/promises';
import { type Config, loadConfig } from '../config/config.js';
import { ConfigError } from '../errors.js';

/** Names of a configuration that is found in the current folder. */
const NAMES = ['dayfold.yaml', 'dayfold.yml'] as const;
/** The variable that says where to write, for deployments without a file. */
const OUTPUT = 'DAYFOLD_OUTPUT__STORE';

/**
 * The configuration of a command: the file that --config names, or the one of the current folder.
 * @throws ConfigError without one: the default settings would publish into ./output, which may
 * belong to somebody
 */
export async function openConfig(given: string | undefined): Promise<Config> {
  const file = await configFile(given);
  if (file === undefined && process.env[OUTPUT] === undefined) {
    throw new ConfigError(
      `expected --config FILE or a file ${NAMES.join(' or ')} in this folder, found neither: ` +
        'run-job init FOLDER writes one for a folder of exports, run-job sample FOLDER a sample',
    );
  }
  return loadConfig(file);
}

/**
 * The file of a configuration: the one that is given, or the one of the current folder; undefined
 * when there is none.
 * @throws ConfigError when the folder has both
 */
export async function configFile(given: string | undefined): Promise<string | undefined> {
  if (given !== undefined) return given;
  const found: string[] = [];
  for (const name of NAMES) {
    if (
      await access(name).then(
        () => true,
        () => false,
      )
    )
      found.push(name);
  }
  if (found.length > 1)
    throw new ConfigError(
      `expected one configuration in this folder, found ${found.join(' and ')}: choose with ` +
        '--config',
    );
  return found[0];
}
