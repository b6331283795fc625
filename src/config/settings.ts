import type { FunnelStep } from '../engine/lists.js';
import type { Settings } from './config.js';

/** What models find in `settings`, by name. */
export function numbersOf({ funnel, ...numbers }: Settings): Record<string, number> {
  return { ...numbers, funnel_days: funnel.within_days };
}

/** What models find in `funnel_steps`, in order. */
export function stepsOf({ funnel }: Settings): FunnelStep[] {
  return funnel.steps.map((step) =>
    'activity' in step
      ? { kind: 'activity', name: step.activity }
      : { kind: 'feature', name: step.feature },
  );
}
