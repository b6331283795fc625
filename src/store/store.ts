/** An object as a listing shows it. `version` changes whenever the content may have changed. */
export interface Entry {
  readonly key: string;
  readonly bytes: number;
  readonly version: string;
  /** when it was written, by the store's clock */
  readonly modified: Date;
}

/**
 * What to write: bytes in memory, or a local file that the store may take over (it is gone
 * afterwards).
 */
export type Content = Buffer | { readonly file: string };

/** What is known of an object before it is fetched. */
export interface Expected {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Object storage as the worker needs it. Keys are relative to the store's root, with `/` between
 * their parts. Every adapter passes the contract suite in test/store. All methods throw StoreError
 * with the key and a way out.
 */
export interface Store {
  /** Where the store is, for messages. */
  readonly url: string;
  /**
   * A local folder on the same disk as the store, where files can be prepared and then moved in;
   * none for remote ones.
   */
  readonly folder: string | undefined;
  /**
   * What a server was asked for so far: requests by kind, RETRY, BYTES_READ and BYTES_WRITTEN;
   * nothing of a folder.
   */
  readonly requests: ReadonlyMap<string, number>;
  /** The key as a path or URL that other programs can read. */
  locate(key: string): string;
  /** All objects whose key begins with the prefix, or with one of them, in key order. */
  list(prefix: string | readonly string[]): AsyncIterable<Entry>;
  /**
   * The keys that `list` gives. A folder has to look at each file for the rest, which takes longer
   * than to find them.
   *
   * @param use whether it is for removing them, which goes on when a run is stopped; not unless set
   */
  keys(prefix: string | readonly string[], use?: { isCleaning: boolean }): AsyncIterable<string>;
  /** The whole object, or undefined when there is none. */
  read(key: string): Promise<Buffer | undefined>;
  /** The same of a folder, which answers at once; remote stores have it not. */
  readNow?(key: string): Buffer | undefined;
  /**
   * A local file with the object's content: the store's own, or a copy in `folder`. Never to be
   * changed.
   * @param expected what it is checked against
   * @throws MissingObject when there is none
   * @throws ChangedObject when it is not as expected
   */
  fetch(key: string, folder: string, expected?: Expected): Promise<string>;
  /** Writes the object whole or not at all, replacing an earlier one. */
  write(key: string, content: Content): Promise<void>;
  /**
   * Writes the object only if the key is free; false when it is taken. Of many writers exactly one
   * gets true.
   * @throws StoreError whose `unsure` is true when the object may have been written, or may yet be
   */
  create(key: string, content: Buffer): Promise<boolean>;
  /** Copies an object within the store, replacing an earlier one. */
  copy(from: string, to: string): Promise<void>;
  /** Removes the object; no error when there is none. */
  remove(key: string): Promise<void>;
  /** The time by the store's clock, to the second. */
  time(): Promise<Date>;
  /**
   * Removes what writers that were killed left half-written before a time by the store's clock.
   * @returns how much
   */
  sweep(before: Date): Promise<number>;
}
