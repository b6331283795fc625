import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Flushing } from '../../src/store/flushing.js';

let folder: string;
let said: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'dayfold-flushing-'));
  said = path.join(folder, 'said');
  mkdirSync(path.join(folder, 'store'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a `sync` before that of the system, which says what it was given and ends with a code. */
function fakeSync(code: number, seconds = 0): void {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(
    path.join(bin, 'sync'),
    `#!/bin/sh\nsleep ${seconds}\necho "$@" >> ${said}\nexit ${code}\n`,
  );
  chmodSync(path.join(bin, 'sync'), 0o755);
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
}

function write(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const file = path.join(folder, 'store', `${i}`);
    writeFileSync(file, 'x');
    return file;
  });
}

const onLinux = it.skipIf(process.platform !== 'linux');

describe('flushing', () => {
  onLinux('flushes the file system of many small files once', async () => {
    fakeSync(0);
    const flushing = new Flushing();
    for (const file of write(100)) flushing.add(file, false);
    await flushing.done();
    expect(readFileSync(said, 'utf8')).toBe(`--file-system ${path.join(folder, 'store')}\n`);
  });

  it('flushes few files one by one', async () => {
    fakeSync(0);
    const flushing = new Flushing();
    for (const file of write(3)) flushing.add(file, false);
    await flushing.done();
    expect(existsSync(said)).toBe(false);
  });

  onLinux('flushes each file where the command fails', async () => {
    fakeSync(1);
    const flushing = new Flushing();
    for (const file of write(100)) flushing.add(file, false);
    await flushing.done();
    expect(readFileSync(said, 'utf8')).toContain('--file-system');
  });

  it('flushes each file where there is no such command', async () => {
    vi.stubEnv('PATH', path.join(folder, 'nothing'));
    const flushing = new Flushing();
    for (const file of write(100)) flushing.add(file, false);
    await expect(flushing.done()).resolves.toBeUndefined();
  });

  it('does not mind a file that was removed meanwhile', async () => {
    const flushing = new Flushing();
    for (const file of write(3)) flushing.add(file, true);
    rmSync(path.join(folder, 'store', '1'));
    await expect(flushing.done()).resolves.toBeUndefined();
  });

  it.each([true, false])('says that a file cannot be flushed (large: %s)', async (isLarge) => {
    const flushing = new Flushing();
    flushing.add(path.join(write(1)[0] as string, 'below a file'), isLarge);
    await expect(flushing.done()).rejects.toThrow('ENOTDIR');
  });

  onLinux('flushes what was added while others were flushed', async () => {
    fakeSync(0, 0.2);
    const flushing = new Flushing();
    for (const file of write(100)) flushing.add(file, false);
    const first = flushing.done();
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const file of write(100)) flushing.add(file, false);
    await first;
    await flushing.done();
    expect(readFileSync(said, 'utf8').split('\n')).toHaveLength(3);
  });

  onLinux('is not done before what another one waits for is', async () => {
    fakeSync(0, 0.2);
    const flushing = new Flushing();
    for (const file of write(100)) flushing.add(file, false);
    const first = flushing.done();
    await flushing.done();
    expect(existsSync(said)).toBe(true);
    await first;
  });

  it('fails again after a failure', async () => {
    const flushing = new Flushing();
    flushing.add(path.join(write(1)[0] as string, 'below a file'), false);
    await expect(flushing.done()).rejects.toThrow('ENOTDIR');
    await expect(flushing.done()).rejects.toThrow('ENOTDIR');
  });

  it('flushes nothing twice', async () => {
    fakeSync(0);
    const flushing = new Flushing();
    for (const file of write(100)) flushing.add(file, false);
    await flushing.done();
    rmSync(said, { force: true });
    await flushing.done();
    expect(existsSync(said)).toBe(false);
  });
});
