import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
/** Its own clock is another one; how time passes is not. */
const FAKETIME = { LD_PRELOAD: LIBRARY, FAKETIME_DONT_FAKE_MONOTONIC: '1' };

/** For `test.skipIf(clocksCannotBeFaked())`: true, with the reason printed, without libfaketime. */
export function clocksCannotBeFaked(): boolean {
  if (existsSync(LIBRARY)) return false;
  console.warn('SKIPPED: no libfaketime on this machine (Debian: apt install faketime)');
  return true;
}

/** Variables of a process whose wall clock is off by so many seconds. */
export function clockOffBy(seconds: number): Record<string, string> {
  return { ...FAKETIME, FAKETIME: `${seconds > 0 ? '+' : ''}${seconds}s` };
}

/** A wall clock that is right until it is set; the processes that have it notice within a second. */
export function makeSteppedClock(): Disposable & {
  variables: Record<string, string>;
  setBack(seconds: number): void;
} {
  const directory = mkdtempSync(join(tmpdir(), 'volley-clock-'));
  const file = join(directory, 'offset');
  writeFileSync(file, '+0\n');
  return {
    variables: { ...FAKETIME, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: '1' },
    setBack: (seconds) => writeFileSync(file, `-${seconds}\n`),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}
