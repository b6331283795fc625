import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** A folder for the configurations of one test file. */
export function useConfigurations() {
  let folder = '';
  let count = 0;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'dayfold-config-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Writes a configuration and gives its path. */
  const write = async (text: string): Promise<string> => {
    const file = path.join(folder, `${count++}.yaml`);
    await writeFile(file, text);
    return file;
  };
  return { write, folder: () => folder };
}

/** The message of what a promise was rejected with. */
export async function messageOfRejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing was thrown',
    (error) => `${error.name}: ${error.message}`,
  );
}
