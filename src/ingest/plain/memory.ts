let shared = new ArrayBuffer(1 << 20);

/**
 * Memory for values, which are written before others are asked for: new memory takes longer to get
 * than to fill.
 */
export function roomFor(bytes: number): ArrayBuffer {
  if (shared.byteLength < bytes) shared = new ArrayBuffer(2 * bytes);
  return shared;
}

/** Memory with what was in a smaller one. */
export function grown<T extends Float64Array | Int32Array | Uint8Array | Uint16Array | Uint32Array>(
  old: T,
  larger: T,
): T {
  larger.set(old as never);
  return larger;
}
