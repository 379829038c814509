/**
 * Answers the calls of the process that started this one, see `child.ts`.
 * @param {Record<string, (...args: any[]) => unknown>} functions
 */
export function serveCalls(functions) {
  process.on('message', async ({ id, name, args }) => {
    try {
      process.send({ id, answer: await functions[name](...args) });
    } catch (thrown) {
      process.send({ id, error: thrown?.stack ?? String(thrown) });
    }
  });
  // Whoever started it may be killed.
  process.on('disconnect', () => process.exit());
}
