// biome-ignore lint/suspicious/noExplicitAny: what is called and with what both ends know
type Functions = Record<string, (...args: any[]) => unknown>;

/** Answers the calls of the process that started this one, see `child.ts`. */
export function serveCalls(functions: Functions): void {
  process.on(
    'message',
    async ({ id, name, args }: { id: number; name: string; args: unknown[] }) => {
      try {
        process.send?.({ id, answer: await functions[name]?.(...args) });
      } catch (thrown) {
        process.send?.({ id, error: thrown instanceof Error ? thrown.stack : String(thrown) });
      }
    },
  );
  // Whoever started it may be killed.
  process.on('disconnect', () => process.exit());
}
