export async function check(_o: unknown): Promise<void> {}
