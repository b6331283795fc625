/** A value that is only read, and so is all that it holds. */
export type Immutable<T> = { readonly [K in keyof T]: Immutable<T[K]> };
