import { messageOf, StoreError, SYSTEM_LIMITS } from '../errors.js';

const ADVICE: Record<string, string> = {
  ...SYSTEM_LIMITS,
  EACCES: 'grant this user access to it',
  EPERM: 'grant this user access to it',
  EROFS: 'the file system is read-only: choose another folder or mount it writable',
  EDQUOT: 'the quota is used up: free some space and run again',
  ENOENT: 'check the path',
  EEXIST: 'a part of the path is a file: choose another folder',
  ENOTDIR: 'a part of the path is a file: choose another folder',
  ELOOP: 'a symbolic link leads back to itself: correct it',
  EISDIR: 'there is a folder in place of a file: move it away',
};

/** The StoreError for a failed file operation: what was tried, on which path, and what to do. */
export function fileError(action: string, file: string, cause: unknown): StoreError {
  const code = (cause as NodeJS.ErrnoException)?.code ?? '';
  const advice = ADVICE[code] ?? messageOf(cause);
  return new StoreError(`Could not ${action} ${file}${code ? ` (${code})` : ''}: ${advice}`, {
    cause,
  });
}
