// Makes a bare clone ready to run: installs packages, generates the database client and builds the
// monitor page, each only when needed. Uses nothing but Node (18 or later) and npm, and writes nothing
// outside the project.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);

const nodeBinary = at('node_modules/.bin/node');
const packageStamp = at('node_modules/.volley-setup');
const schemaFile = at('prisma/schema.prisma');
const generated = at('src/store/generated');
const generatedStamp = join(generated, '.volley-setup');
const monitor = at('monitor');
const monitorStamp = at('monitor/dist/.volley-setup');
const lock = at('.volley/setup.lock');

try {
  if (!packagesAreCurrent() || !clientIsCurrent() || !monitorIsCurrent()) await setUpAlone();
} catch (error) {
  const reasons = { EACCES: 1, EPERM: 1, EROFS: 1 };
  console.error(
    error.code in reasons
      ? `volley setup: no permission to write in ${root}: change its owner or run as its owner`
      : `volley setup: ${error.message}`,
  );
  process.exit(1);
}

/** Also true for packages that were installed by hand, with or without the development ones. */
function packagesAreCurrent() {
  if (!fs.existsSync(nodeBinary)) return false;
  const installed = modifiedAt(at('node_modules/.package-lock.json'));
  if (installed === 0) return false;
  if (installed >= modifiedAt(at('package-lock.json'))) return true;
  // A checkout touches the lock file without changing it.
  return read(packageStamp) === hashOf(at('package-lock.json'));
}

function clientIsCurrent() {
  if (!fs.existsSync(schemaFile)) return true;
  const isThere = fs.existsSync(join(generated, 'client/client.ts'));
  return isThere && read(generatedStamp) === generatedFrom();
}

/** The client depends on the schema and on the versions of the generators. */
function generatedFrom() {
  const packages = ['prisma', '@pothos/plugin-prisma'];
  const versions = packages.map(
    (name) => /"version": *"([^"]+)"/.exec(read(at('node_modules', name, 'package.json')))?.[1],
  );
  return [hashOf(schemaFile), ...versions].join(' ');
}

function monitorIsCurrent() {
  if (!fs.existsSync(join(monitor, 'index.html'))) return true;
  return read(monitorStamp) === monitorBuiltFrom();
}

/** The page depends on its sources, typed operations included, and on the versions of its packages. */
function monitorBuiltFrom() {
  const files = ['index.html', 'tsconfig.json', 'vite.config.ts'];
  files.push(...['src', 'gql', 'styles'].flatMap(filesIn));
  const hash = createHash('sha256').update(fs.readFileSync(at('package-lock.json')));
  for (const file of files) hash.update(`\0${file}\0`).update(fs.readFileSync(join(monitor, file)));
  return hash.digest('hex');
}

function filesIn(folder) {
  return fs
    .readdirSync(join(monitor, folder))
    .sort()
    .map((name) => join(folder, name));
}

async function setUpAlone() {
  takeLock();
  process.on('exit', () => fs.rmSync(lock, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  // Another setup may have done the work while this one waited.
  if (!packagesAreCurrent()) await installPackages();
  if (!clientIsCurrent()) generateClient();
  if (!monitorIsCurrent()) buildMonitor();
}

async function installPackages() {
  const isFirst = !fs.existsSync(at('node_modules'));
  say(`installing packages${isFirst ? ' (first run: half a minute, more on a slow network)' : ''}`);
  const { command, args, env } = npm();
  // What npm has in its cache already it need not ask the registry about; for nested npm runs too.
  env.npm_config_prefer_offline ??= 'true';
  const flags = ['ci', '--loglevel=error', '--no-fund', '--no-audit'];
  const child = spawn(command, [...args, ...flags], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  // When this process is killed, npm works on: the next setup waits for it too.
  if (child.pid) fs.appendFileSync(join(lock, 'pid'), ` ${child.pid}`);
  const problem = await new Promise((resolve) => {
    child.once('error', (error) => resolve(`: ${error.message}`));
    child.once('exit', (code) => resolve(code === 0 ? '' : ', see the lines above'));
  });
  if (problem) throw new Error(`npm ci failed${problem}; check the network and try again`);
  if (!fs.existsSync(nodeBinary)) {
    throw new Error(
      'npm installed no Node 24 runtime because install scripts are off: ' +
        'npm config set ignore-scripts false, then try again',
    );
  }
  fs.writeFileSync(packageStamp, hashOf(at('package-lock.json')));
}

/**
 * npm ci deletes node_modules and with it the Node that npm scripts run on, so another Node on PATH
 * does the work when there is one.
 */
function npm() {
  const own = at('node_modules');
  const folders = (process.env.PATH ?? '').split(delimiter);
  const others = folders.filter((folder) => !resolve(folder).startsWith(own));
  const env = { ...process.env, PATH: others.join(delimiter) };
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH');
  if (pathName && pathName !== 'PATH') delete env[pathName];
  const runner = others.map((folder) => join(folder, 'node')).find(isProgram);
  const script = process.env.npm_execpath;
  if (runner && script && /npm-cli\.c?js$/.test(script)) {
    delete env.npm_node_execpath;
    delete env.NODE;
    return { command: runner, args: [script], env };
  }
  return { command: 'npm', args: [], env };
}

function generateClient() {
  say('generating the database client');
  // Prisma finds the generators of other packages on PATH, and Node 24 runs them.
  const path = [at('node_modules/.bin'), process.env.PATH].join(delimiter);
  const quiet = { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' };
  const result = spawnSync(nodeBinary, [at('node_modules/prisma/build/index.js'), 'generate'], {
    cwd: root,
    env: { ...process.env, ...quiet, PATH: path },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.status !== 0) {
    process.stderr.write(result.stderr ?? '');
    const how = result.error ? `: ${result.error.message}` : ', see the lines above';
    throw new Error(`prisma generate failed${how}`);
  }
  fs.writeFileSync(generatedStamp, generatedFrom());
}

function buildMonitor() {
  say('building the monitor page');
  const result = spawnSync(
    nodeBinary,
    [at('node_modules/vite/bin/vite.js'), 'build', 'monitor', '--logLevel', 'error'],
    {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    const how = result.error ? `: ${result.error.message}` : ', see the lines above';
    throw new Error(`vite build of the monitor page failed${how}`);
  }
  fs.writeFileSync(monitorStamp, monitorBuiltFrom());
}

/** A directory is created by one process only; one whose owner is gone is set aside. */
function takeLock() {
  fs.mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; ; waited++) {
    try {
      fs.mkdirSync(lock);
      fs.writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned()) {
      const aside = `${lock}.${process.pid}`;
      try {
        fs.renameSync(lock, aside);
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
      fs.rmSync(aside, { recursive: true, force: true });
      continue;
    }
    if (waited === 0) say('waiting for another setup in this folder');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function isAbandoned() {
  const pids = read(join(lock, 'pid')).split(' ').map(Number).filter(Boolean);
  const age = Date.now() - (modifiedAt(lock) || Date.now());
  // The pid is written right after the directory appears; no setup takes a quarter of an hour.
  return pids.length === 0 ? age > 5_000 : age > 15 * 60_000 || !pids.some(isRunning);
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function modifiedAt(file) {
  try {
    return fs.statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

function hashOf(file) {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

function say(line) {
  console.error(`volley setup: ${line}`);
}
