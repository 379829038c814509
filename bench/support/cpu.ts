import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in ticks of 10 ms on all architectures that Node runs on. */
const TICK_MS = 10;

/** CPU that a process has used so far, user and system, in milliseconds; 0 when it is gone. */
export function cpuMsOf(pid: number): number {
  const fields = statOf(pid);
  return fields ? (Number(fields[11]) + Number(fields[12])) * TICK_MS : 0;
}

/** The same with its children, those that ended included: PostgreSQL has one for each connection. */
export function cpuMsOfTree(pid: number): number {
  const fields = statOf(pid);
  if (!fields) return 0;
  const ended = (Number(fields[13]) + Number(fields[14])) * TICK_MS;
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && statOf(Number(name))?.[1] === String(pid),
  );
  return children.reduce((sum, child) => sum + cpuMsOf(Number(child)), cpuMsOf(pid) + ended);
}

/** What stands behind the name of the program, which may itself hold spaces and brackets. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
