/**
 * Asks again until the answer passes the check, at most 20 s unless told: for what happens by itself and
 * tells nobody. The check's last failure is the test's.
 */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  check: (value: Value) => void,
  withinMs = 20_000,
): Promise<Value> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    try {
      check(value);
      return value;
    } catch (failure) {
      if (Date.now() > deadline) throw failure;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
