import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const SYSTEMD = '/usr/bin/systemd-analyze';

test.skipIf(!existsSync(SYSTEMD))('systemd has nothing to say against its units', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dayfold-units-'));
  try {
    await cp('deploy/systemd', folder, { recursive: true });
    const units = ['dayfold.service', 'dayfold.timer'].map((unit) => path.join(folder, unit));
    expect(execFileSync(SYSTEMD, ['verify', ...units], { encoding: 'utf8', stdio: 'pipe' })).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
