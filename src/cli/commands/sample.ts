import { writeSample } from '../../sample/write.js';

/** `run-job sample`: the sample exports and their configuration. */
export async function sample(folder: string): Promise<void> {
  const { files, rows } = await writeSample(folder);
  process.stdout.write(
    `${folder}: ${files} sample exports with ${rows.toLocaleString('en-US')} rows, and ` +
      'dayfold.yaml\n',
  );
}
