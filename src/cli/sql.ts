export async function sql(_o: unknown): Promise<void> {}
