import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, lstatSync, readFileSync } from 'node:fs';
import { findOnPath, serviceEnvironment } from './processes.ts';

/**
 * Whom PostgreSQL runs as. It refuses root, so root either becomes an existing unprivileged user, or
 * keeps its rights on files but shows another uid inside a user namespace (`mapped`).
 */
export type ServiceUser =
  | { kind: 'self' }
  | { kind: 'user'; uid: number; gid: number }
  | { kind: 'mapped'; unshare: string };

const MAPPING = ['--user', '--map-user=65534', '--map-group=65534'];

/**
 * Chooses whom to run `binary` as, on a folder of its own inside `directory`.
 *
 * @throws Error with one sentence when root has no way to run it there.
 */
export function chooseServiceUser(directory: string, binary: string): ServiceUser {
  if (process.getuid?.() !== 0) return { kind: 'self' };

  const nobody = findNobody();
  // The unprivileged user must be able to walk down to both, which modes of parent folders forbid
  // when the project or its data lie under /root.
  const probe = ['-c', 'cd "$1" && exec "$2" -V', 'sh', directory, binary];
  if (runs('/bin/sh', probe, nobody)) return { kind: 'user', ...nobody };

  const unshare = findOnPath('unshare');
  if (unshare && runs(unshare, [...MAPPING, binary, '-V'], {})) return { kind: 'mapped', unshare };

  throw new Error(
    `PostgreSQL does not run as root and the user nobody cannot reach ${directory} or ${binary}: ` +
      'run as another user, set VOLLEY_DATA_DIR to a reachable folder, or set DATABASE_URL',
  );
}

export type Invocation = { command: string; args: string[]; uid?: number; gid?: number };

/** How to start a command as the service user. The pid is that of the command itself. */
export function invocation(user: ServiceUser, command: string, args: string[]): Invocation {
  switch (user.kind) {
    case 'self':
      return { command, args };
    case 'user':
      return { command, args, uid: user.uid, gid: user.gid };
    case 'mapped':
      return { command: user.unshare, args: [...MAPPING, command, ...args] };
  }
}

/** Hands a directory and all below it to the service user, when it is not theirs yet. */
export function giveTo(user: ServiceUser, directory: string): void {
  if (user.kind === 'self') return;
  const { uid, gid } = user.kind === 'user' ? user : { uid: 0, gid: 0 };
  if (lstatSync(directory).uid === uid) return;
  execFileSync('chown', ['-R', `${uid}:${gid}`, directory]);
  chownSync(directory, uid, gid);
}

function findNobody(): { uid: number; gid: number } {
  try {
    const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
    if (line) return { uid: Number(line[1]), gid: Number(line[2]) };
  } catch {
    // no passwd file: the number alone will do
  }
  return { uid: 65534, gid: 65534 };
}

function runs(command: string, args: string[], ids: { uid?: number; gid?: number }): boolean {
  const options = {
    cwd: '/',
    env: serviceEnvironment(),
    stdio: 'ignore',
    timeout: 10_000,
  } as const;
  return spawnSync(command, args, { ...options, ...ids }).status === 0;
}
