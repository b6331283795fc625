/** Where the time of day comes from; tests pass their own. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();
