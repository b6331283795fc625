/** An object in which ways go on. */
interface Step {
  readonly key: Buffer;
  readonly steps: Step[];
  /** the way that ends here, until it was seen */
  way: string | undefined;
}

/** Which ways through the objects of JSON records, of those that are read, some record has. */
export class SeenWays {
  readonly names: string[] = [];
  readonly #first: Step = { key: Buffer.alloc(0), steps: [], way: undefined };
  /** by depth, where the ways are in the object that is open; none where none goes through it */
  readonly #at: (Step | undefined)[] = [];
  /** where they go on in the value of the last key */
  #next: Step | undefined;

  /** @param ways names with points between them */
  constructor(ways: readonly string[]) {
    for (const way of ways) {
      let step = this.#first;
      for (const name of way.split('.')) {
        const key = Buffer.from(name);
        const found = step.steps.find((each) => each.key.equals(key));
        const next = found ?? { key, steps: [], way: undefined };
        if (found === undefined) step.steps.push(next);
        step = next;
      }
      step.way = way;
    }
  }

  /** An object or an array begins. */
  open(depth: number, isObject: boolean): void {
    this.#at[depth] = isObject ? (depth === 1 ? this.#first : this.#next) : undefined;
    this.#next = undefined;
  }

  /** A key of the object that is open. @param key between its quotes */
  see(key: Uint8Array, depth: number): void {
    const step = this.#at[depth];
    this.#next = step && find(step, key);
    if (this.#next?.way === undefined) return;
    this.names.push(this.#next.way);
    this.#next.way = undefined;
  }
}

const BACKSLASH = 0x5c;

function find({ steps }: Step, key: Uint8Array): Step | undefined {
  if (steps.length === 0) return undefined;
  const text = key.includes(BACKSLASH)
    ? Buffer.from(JSON.parse(`"${Buffer.from(key).toString()}"`))
    : key;
  return steps.find((each) => each.key.equals(text));
}
