/** Bounds what is under way at once; who waits begins in the order of arrival. */
export class Slots {
  #free: number;
  readonly #waiting: { readonly places: number; readonly begin: () => void }[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves once there is room. @param places that it takes until they are given back */
  take(places = 1): Promise<void> {
    return new Promise((begin) => {
      this.#waiting.push({ places, begin });
      this.#beginNext();
    });
  }

  give(places = 1): void {
    this.#free += places;
    this.#beginNext();
  }

  #beginNext(): void {
    for (
      let next = this.#waiting[0];
      next !== undefined && next.places <= this.#free;
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#free -= next.places;
      next.begin();
    }
  }
}
