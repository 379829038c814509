/** Places between two steps that a crash must not turn into a loss; what each test of a fault names. */
export const FAULT_POINTS = [
  'after-accept',
  'before-send',
  'after-send',
  'after-record',
  'after-release',
] as const;

/** Where the process is to die; with `text` only when what is at hand contains it. */
export type FaultPoint = { at: (typeof FAULT_POINTS)[number]; text: string };

/** Dies here when this is the point that was asked for; else nothing. */
export type ReachFaultPoint = (at: FaultPoint['at'], text?: string) => void;

/**
 * Reads `VOLLEY_FAULT_AT`: a point, or `<point>@<text>`.
 * @throws Error that lists the points
 */
export function parseFaultPoint(value: string): FaultPoint {
  const [name, ...text] = value.split('@');
  const at = FAULT_POINTS.find((point) => point === name);
  if (!at) throw new Error(`must begin with one of ${FAULT_POINTS.join(', ')}; it was "${value}"`);
  return { at, text: text.join('@') };
}

/** As a crash would: no handler runs, nothing is flushed. For fault tests; never set it in service. */
export function createFaultPoint(point: FaultPoint | undefined): ReachFaultPoint {
  return (at, text = '') => {
    if (point?.at === at && text.includes(point.text)) process.kill(process.pid, 'SIGKILL');
  };
}
