import { createTask, validate } from 'node-cron';

/** Whether an expression has five fields, and dates that come: the 30th of February does not. */
export function isCron(expression: string): boolean {
  if (expression.trim().split(/\s+/).length !== 5 || !validate(expression)) return false;
  return alternatives(expression).some((each) => {
    const task = createTask(each, () => {}, { timezone: 'UTC' });
    try {
      return task.getNextRuns(1).length === 1;
    } catch {
      return false; // node-cron gives up looking
    } finally {
      void task.destroy();
    }
  });
}

/**
 * Expressions for node-cron that together fire when one of five fields does by POSIX. Where both
 * the day of the month and the weekday are given, either is enough; node-cron alone wants both.
 */
export function alternatives(expression: string): string[] {
  const [minute, hour, day = '', month, weekday = ''] = expression.trim().split(/\s+/);
  if ([day, weekday].some((field) => /^[*?]/.test(field))) return [expression];
  return [`${minute} ${hour} ${day} ${month} *`, `${minute} ${hour} * ${month} ${weekday}`];
}
