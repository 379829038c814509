import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTcpProxy } from '../faults/support/tcp-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { type Program, runProgram } from '../support/process.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

function tail(args: string[], variables: Record<string, string> = {}): Program {
  return runProgram(['src/tail/tail.ts', ...args], {
    VOLLEY_URL: scene.url,
    VOLLEY_KEY: ADMIN_KEY,
    ...variables,
  });
}

const standing = (program: Program) => program.printed(/tail: watching/);

/** An affiliate whose pixel calls a receiver; `fire(n)` reports an event of n and lets it fire. */
async function ready(receiverUrl: string) {
  const { affid, affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: `${receiverUrl}/?sum={amount}` });
  const clickId = await scene.click(entryUrl);
  const fire = async (n: number) => {
    await scene.event(clickId, { amount: String(n) });
    await scene.advance(5_000);
  };
  return { affid, clickId, fire };
}

const sumsIn = (output: string) => [...output.matchAll(/\?sum=(\d+)/g)].map(([, sum]) => sum);

test('a line tells when, what, to whom and the final URL, and ends with 0 on SIGINT', async () => {
  await using receiver = await startReceiver();
  const { affid, clickId, fire } = await ready(receiver.url);
  await using program = tail(['--affiliate', affid, '--status', 'delivered']);
  await standing(program);
  await fire(7);

  const [line] = await program.printed(/.*\?sum=7.*/);
  expect(line).toMatch(
    new RegExp(
      `^\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  DELIVERED  200 +\\d+ ms  #1  ${affid}  FirstDeposit  ${clickId}  ${receiver.url}/\\?sum=7$`,
    ),
  );
  program.kill('SIGINT');
  expect((await program.exited).code).toBe(0);
});

test('JSON lines carry the cursor that --after takes, and --limit ends it', async () => {
  await using receiver = await startReceiver();
  const { affid, fire } = await ready(receiver.url);
  await using program = tail(['--affiliate', affid, '--json', '--limit', '2']);
  await standing(program);
  for (const n of [1, 2, 3]) await fire(n);

  const { code, stdout } = await program.exited;
  const [first] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(code).toBe(0);
  expect(sumsIn(stdout)).toEqual(['1', '2']);
  expect(first).toMatchObject({
    postback: { status: 'DELIVERED', affiliate: { affid }, event: { type: 'FirstDeposit' } },
    attempt: { number: 1, statusCode: 200, finalUrl: `${receiver.url}/?sum=1` },
  });
  const args = ['--affiliate', affid, '--after', first.cursor, '--limit', '2'];
  await using again = tail(args);
  expect(sumsIn((await again.exited).stdout)).toEqual(['2', '3']);
});

test('a connection that is lost is made again, and shows each result once', async () => {
  await using receiver = await startReceiver();
  const { affid, fire } = await ready(receiver.url);
  await using proxy = await startTcpProxy(Number(new URL(scene.url).port));
  const through = { VOLLEY_URL: `http://127.0.0.1:${proxy.port}` };
  await using program = tail(['--affiliate', affid], through);
  await standing(program);
  await fire(1);
  await program.printed(/\?sum=1/);

  proxy.down();
  await program.printed(/tail: connection lost/);
  await fire(2);
  await fire(3);
  proxy.up();
  await program.printed(/connected again, going on where it was/);
  await fire(4);

  await program.printed(/\?sum=4/);
  expect(sumsIn(program.output)).toEqual(['1', '2', '3', '4']);
});

test('--replay-since shows the past first', async () => {
  await using receiver = await startReceiver();
  const { affid, fire } = await ready(receiver.url);
  await fire(1);
  await eventually(
    async () => receiver.total,
    (total) => expect(total).toBe(1),
  );
  await using program = tail(['--affiliate', affid, '--replay-since', '1h']);
  await program.printed(/\?sum=1/);
  await fire(2);

  await program.printed(/\?sum=2/);
  expect(sumsIn(program.output)).toEqual(['1', '2']);
});

test.each<[string, string[], Record<string, string>, number, RegExp]>([
  ['help', ['--help'], { VOLLEY_KEY: '' }, 0, /Usage: npm run -s tail/],
  ['an unknown option', ['--colour'], {}, 2, /colour[\s\S]*--help tells the options/],
  ['no key', [], { VOLLEY_KEY: '' }, 2, /set VOLLEY_KEY/],
  ['a wrong key', [], { VOLLEY_KEY: 'vly_wrong' }, 3, /tail: .*key/],
  ['a wrong key and a filter', ['--affiliate', '1'], { VOLLEY_KEY: 'vly_wrong' }, 3, /key/],
  ['nobody there', [], { VOLLEY_URL: 'http://127.0.0.1:1' }, 1, /cannot reach http:\/\/127/],
  ['an unknown affiliate', ['--affiliate', 'nobody'], {}, 1, /no affiliate nobody/],
  ['an unknown campaign', ['--campaign', 'none'], {}, 1, /no campaign none/],
  ['a cursor that is none', ['--after', 'x'], {}, 1, /no cursor of postbackFired/],
])('%s: exit code and a sentence', async (_, args, variables, expected, message) => {
  await using program = tail(args, variables);

  const { code, stdout, stderr } = await program.exited;

  expect(`${stdout}${stderr}`).toMatch(message);
  expect(`${stdout}${stderr}`).not.toMatch(/\n\s+at /);
  expect(code).toBe(expected);
});
