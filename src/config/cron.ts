import { createTask, validate } from 'node-cron';

/** Whether an expression has five fields, and dates that come: the 30th of February does not. */
export function isCron(expression: string): boolean {
  if (expression.trim().split(/\s+/).length !== 5 || !validate(expression)) return false;
  const task = createTask(expression, () => {}, { timezone: 'UTC' });
  try {
    return task.getNextRuns(1).length === 1;
  } catch {
    return false; // node-cron gives up looking
  } finally {
    void task.destroy();
  }
}
