import { readGlobalId } from '../graphql/ids.ts';
import { every, within } from '../platform/lifecycle.ts';
import { type Api, type Live, payload } from './api.ts';
import { DemoError } from './demo-error.ts';
import { POSTBACKS, RECORD_EVENT } from './operations.ts';
import type { Printer } from './print.ts';
import type { ReceivedCall, Receiver } from './receiver.ts';
import { ENTRY_URL, type Scenario } from './seed.ts';
import { findFault } from './verify.ts';

type Deps = { api: Api; live: Live; receiver: Receiver; print: Printer };

/** From the event to its delivery: the delay and a few retries fit in. */
const DELIVERY_LIMIT_MS = 60_000;

/**
 * The main job: visit, report, wait, and look at the result from three sides.
 * @throws DemoError with one sentence when something is not as it must be.
 */
export async function runScenario(deps: Deps, scenario: Scenario): Promise<void> {
  const { live, receiver, print } = deps;
  const clickId = await visit(deps);
  const { postbackId, eventAtMs } = await report(deps, scenario, clickId);
  const isOurs = ({ webhookId }: ReceivedCall) => webhookId === readGlobalId(postbackId)?.rowId;

  const call = await waitForCall(deps, isOurs);
  if (!call) throw await notDelivered(deps, scenario, clickId);
  const seconds = ((call.atMs - eventAtMs) / 1000).toFixed(3);
  print.step(
    'receiver',
    `got this call ${seconds} s after the event`,
    `${call.method} ${call.path}`,
  );

  const result = await within(
    DELIVERY_LIMIT_MS,
    live.results.find(({ postback }) => postback.id === postbackId && isFinal(postback.status)),
  );
  const row = await readReport(deps, scenario, clickId);
  if (!result || !row) throw await notDelivered(deps, scenario, clickId);
  print.step(
    'report',
    `${row.status}`,
    `Clickid    ${row.clickId}`,
    `entry URL  ${row.entryUrl}`,
    `template   ${row.url}`,
    `final URL  ${row.finalUrl}`,
  );
  const fault = findFault({
    clickId,
    template: scenario.template,
    receiverUrl: receiver.url,
    eventAtMs,
    call,
    callCount: receiver.calls.count(isOurs),
    live: { status: result.postback.status, finalUrl: result.attempt.finalUrl },
    report: row,
  });
  if (fault) throw new DemoError(`The postback is not as it must be: ${fault}.`);
}

/** A visitor comes in on the entry URL; answers our click id from where it is redirected to. */
async function visit({ api, print }: Deps): Promise<string> {
  // A visitor with a browser's name: without one the click would be flagged as a bot's.
  const headers = { 'user-agent': 'Mozilla/5.0 (Volley demo)' };
  const response = await fetch(`${api.url}${ENTRY_URL}`, { headers, redirect: 'manual' });
  const location = response.headers.get('location') ?? '';
  const clickId = URL.canParse(location) && new URL(location).searchParams.get('clickid');
  if (response.status !== 302 || !clickId) {
    throw new DemoError(`GET ${ENTRY_URL} answered ${response.status} without a click id.`);
  }
  print.step('click', `GET ${ENTRY_URL}`, `302 to ${location}`);
  return clickId;
}

async function report({ api, print }: Deps, scenario: Scenario, clickId: string) {
  const { pixelId, integrationId } = scenario;
  const { recordEvent } = await api.run(RECORD_EVENT, {
    input: { clickId, type: 'FirstDeposit', amount: '50', currency: 'USD', integrationId },
  });
  const { event, postbacks } = payload(recordEvent, 'RecordEventPayload');
  const [postback, ...others] = postbacks.filter(({ pixel }) => pixel.id === pixelId);
  if (postback?.status !== 'SCHEDULED' || others.length > 0) {
    const seen = [postback, ...others].map((one) => one?.reason ?? one?.status ?? 'none');
    const why = event.unattributed ?? seen.join(', ');
    throw new DemoError(`The event made no single scheduled postback for the pixel (${why}).`);
  }
  const eventAtMs = Date.parse(event.receivedAt);
  const dueInS = (Date.parse(postback.dueAt) - eventAtMs) / 1000;
  print.step('event', `FirstDeposit 50 USD is recorded, its postback is due in ${dueInS} s`);
  return { postbackId: postback.id, eventAtMs };
}

async function waitForCall({ receiver, print }: Deps, isOurs: (call: ReceivedCall) => boolean) {
  let seconds = 0;
  const tick = async () => print.progress(` ${++seconds} s`);
  await using _ticking = every(1_000, tick, () => {});
  print.progress('...');
  return await within(DELIVERY_LIMIT_MS, receiver.calls.find(isOurs));
}

async function readReport({ api }: Deps, { pixelId }: Scenario, clickId: string) {
  const { postbacks } = await api.run(POSTBACKS, { clickId, pixelId });
  return postbacks.nodes[0];
}

async function notDelivered(deps: Deps, scenario: Scenario, clickId: string): Promise<DemoError> {
  const row = await readReport(deps, scenario, clickId);
  const state = row ? `${row.status}${row.reason ? ` (${row.reason})` : ''}` : 'not in the report';
  const seconds = DELIVERY_LIMIT_MS / 1000;
  return new DemoError(`The postback was not delivered within ${seconds} s: it is ${state}.`);
}

function isFinal(status: string): boolean {
  return ['DELIVERED', 'FAILED', 'SKIPPED', 'CANCELLED'].includes(status);
}
