/** The main job did not work: one sentence that says what was seen instead. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
