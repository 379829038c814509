import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process and all its descendants, parents first. */
function treeOf(pid: number): number[] {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && parentOf(name) === pid,
  );
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}

function parentOf(pid: string): number | null {
  try {
    // The name in brackets may hold anything: fields are counted from its end.
    const [, parent] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(parent);
  } catch {
    return null;
  }
}

/** Stops a process and its descendants where they are. Answers how they go on. */
export function freezeTree(pid: number): () => void {
  // The parent first, so that nothing new is made meanwhile.
  const frozen: number[] = [];
  for (const one of treeOf(pid)) if (signalled(one, 'SIGSTOP')) frozen.push(one);
  return () => {
    for (const one of frozen.reverse()) signalled(one, 'SIGCONT');
  };
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** What a process holds in memory, MiB. */
export function rssMiB(pid: number): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return (Number(pages) * 4_096) / 2 ** 20;
}

/** Sockets that a process has open. */
export function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((fd) => linkOf(`${folder}/${fd}`).startsWith('socket:')).length;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** The largest size of a process while something runs, MiB. */
export async function peakMiB(pid: number, during: () => Promise<unknown>): Promise<number> {
  let most = rssMiB(pid);
  const timer = setInterval(() => {
    most = Math.max(most, rssMiB(pid));
  }, 20);
  try {
    await during();
  } finally {
    clearInterval(timer);
  }
  return most;
}

/** The largest size of a process while something runs, MiB above its size before. */
export async function growthMiB(pid: number, during: () => Promise<unknown>): Promise<number> {
  const before = rssMiB(pid);
  return (await peakMiB(pid, during)) - before;
}
