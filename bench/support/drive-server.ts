import { cpuMsOf } from './cpu.ts';
import type { Load, LoadFigures, LoadGenerator } from './load.ts';

export type ServerFigures = LoadFigures & {
  /** CPU of the server per request, in microseconds, those of its warming up included. */
  cpuUs: number;
};

/** Drives a server in a process of its own, and looks at what it costs. */
export async function driveServer(
  generator: LoadGenerator,
  server: { url: string; pid: number },
  load: Omit<Load, 'from' | 'url'>,
): Promise<ServerFigures> {
  const before = cpuMsOf(server.pid);
  const figures = await generator.drive({ ...load, url: server.url });
  return { ...figures, cpuUs: ((cpuMsOf(server.pid) - before) * 1000) / figures.sent };
}
