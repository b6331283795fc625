/** An object in which paths go on. */
interface Step {
  readonly key: Buffer;
  readonly steps: Step[];
  /** the path that ends here, until it was seen */
  path: string | undefined;
}

/** Which paths through the objects of JSON records, of those that are read, some record has. */
export class SeenPaths {
  readonly names: string[] = [];
  readonly #first: Step = { key: Buffer.alloc(0), steps: [], path: undefined };
  /** by depth, where the paths are in the object that is open; none where none goes through it */
  readonly #at: (Step | undefined)[] = [];
  /** where they go on in the value of the last key */
  #next: Step | undefined;

  /** @param paths names with points between them */
  constructor(paths: readonly string[]) {
    for (const path of paths) {
      let step = this.#first;
      for (const name of path.split('.')) {
        const key = Buffer.from(name);
        const found = step.steps.find((each) => each.key.equals(key));
        const next = found ?? { key, steps: [], path: undefined };
        if (found === undefined) step.steps.push(next);
        step = next;
      }
      step.path = path;
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
    if (this.#next?.path === undefined) return;
    this.names.push(this.#next.path);
    this.#next.path = undefined;
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
