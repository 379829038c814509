import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { CSV_COLUMNS } from '../../src/reports/postback-csv.ts';
import { expectType } from '../support/api.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { makeScene } from '../support/scene.ts';

test('the report as CSV holds what the query holds, for this key and filter only', async () => {
  await using scene = await makeScene();
  const [one, other] = [await scene.affiliate(), await scene.affiliate()];
  for (const { affiliateId, entryUrl } of [one, other]) {
    await scene.pixel(affiliateId, {
      url: 'https://affiliate.example/?id={affclickid}&text==1+1',
      statuses: ['REJECTED'],
    });
    await scene.event(await scene.click(entryUrl));
  }
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name: 'theirs', role: 'AFFILIATE', affiliateId: one.affiliateId },
  });
  const affiliate = scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
  const csv = async (query = '', who = affiliate) =>
    (await who.fetch(`/reports/postbacks.csv${query}`)).text();

  const lines = (await csv()).trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /^id,status,reason,affid,campaign,event,clickid,entry_url,url,final_url,/,
  );
  expect(lines[1]).toContain(`,SKIPPED,STATUS_NOT_LISTENED,${one.affid},2001,FirstDeposit,`);
  expect(lines[1]).toContain(one.entryUrl);
  expect((await csv('', scene.admin)).trimEnd().split('\n')).toHaveLength(3);
  expect((await csv('?status=DELIVERED,FAILED')).trimEnd().split('\n')).toHaveLength(1);
  expect((await csv(`?affiliateIds=${other.affiliateId}`)).trimEnd().split('\n')).toHaveLength(1);
});

test('a wrong filter, a missing key and a wrong role are told in words', async () => {
  await using scene = await makeScene();
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name: 'reporter', role: 'INTEGRATION', integrationId: scene.integrationId },
  });
  const integration = scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
  const ask = async (query: string, who = scene.admin) => {
    const response = await who.fetch(`/reports/postbacks.csv${query}`);
    return { status: response.status, text: await response.text() };
  };

  expect(await ask('?status=GONE')).toMatchObject({
    status: 400,
    text: expect.stringContaining('SCHEDULED, HELD'),
  });
  expect(await ask('?from=yesterday')).toMatchObject({ status: 400 });
  expect(await ask('?pixelIds=abc')).toMatchObject({
    status: 400,
    text: expect.stringContaining('no id of a Pixel'),
  });
  expect(await ask('?colour=red')).toMatchObject({
    status: 400,
    text: expect.stringContaining('colour'),
  });
  expect(JSON.parse((await ask('?first=10&stats=FAILED&status=FAILED,GONE&test=0')).text)).toEqual({
    error: expect.any(String),
    issues: [
      { path: ['first'], message: expect.stringMatching(/^is no parameter here; known are aff/) },
      { path: ['stats'], message: expect.stringContaining('did you mean status?') },
      { path: ['status'], message: expect.stringMatching(/^must be of SCHED.*; it was "GONE"$/) },
      { path: ['test'], message: 'must be true or false; it was "0"' },
    ],
  });
  const window = 'from=2026-11-22T12:00:01Z&to=2026-11-22T12:00:00Z';
  expect(JSON.parse((await ask(`?${window}`)).text).error).toContain(
    '"from" must not be after "to"; they were 2026-11-22T12:00:01.000Z and 2026-11-22T12:00:00.000Z',
  );
  expect((await ask('', scene.as(null))).status).toBe(401);
  expect((await ask('', integration)).status).toBe(403);
});

test('cells that a spreadsheet would run are defused', async () => {
  await using scene = await makeScene();
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { statuses: ['REJECTED'] });
  await scene.event(await scene.click(entryUrl));
  await scene.sql(`UPDATE postback SET reason = '=HYPERLINK("http://evil.example")'`);

  const text = await (await scene.admin.fetch('/reports/postbacks.csv')).text();

  expect(text).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
});

test('chosen columns come in the order asked, and an unknown or repeated one is told', async () => {
  await using scene = await makeScene();
  const { affiliateId, affid, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { statuses: ['REVERSED'] });
  const clickId = await scene.click(entryUrl);
  await scene.event(clickId, { transactionId: 'T-1', amount: '-50.5' });
  await scene.event(clickId, { transactionId: 'T-1', amount: '-50.5', status: 'REVERSED' });
  const ask = async (query: string) => {
    const response = await scene.admin.fetch(`/reports/postbacks.csv?${query}`);
    return { status: response.status, lines: (await response.text()).trimEnd().split('\n') };
  };

  const columns = 'affclickid,amount,revision,event_status,previous_status,affid,latency_held_ms';
  expect((await ask(`columns=${columns}`)).lines).toEqual([
    columns,
    `1122223444455565666,-50.5,2,REVERSED,APPROVED,${affid},5000`,
    `1122223444455565666,-50.5,1,APPROVED,,${affid},5000`,
  ]);
  const every = CSV_COLUMNS.join(',');
  const { status, lines } = await ask(`columns=${every}&affclickid=1122223444455565666`);
  expect({ status, rows: lines.length, head: lines[0] }).toEqual({
    status: 200,
    rows: 3,
    head: every,
  });
  expect((await ask('affclickid=other')).lines).toHaveLength(1);
  expect(await ask('columns=id,colour')).toMatchObject({ status: 400 });
  expect((await ask('columns=id,colour')).lines[0]).toContain('affclickid');
  expect((await ask('columns=id,id')).lines[0]).toContain('names a column twice');
  expect((await ask('statusCodes=200')).lines[0]).toContain('CLIENT_ERROR_4XX');
});

test('what is a number stays one, and what only looks like a formula is found in its disguise', async () => {
  await using scene = await makeScene();
  const { affid, affiliateId } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: 'https://affiliate.example/?a={affclickid}' });
  const disguised = ['=1', '+1', '-1', '@1', '\t1', '\r1', ' =1', '"=1', '\uff1d1', '\uff0d1'];
  for (const affclickid of disguised) {
    const query = `affid=${affid}&campaign=2001&affclickid=${encodeURIComponent(affclickid)}`;
    await scene.event(await scene.click(`/click?${query}`), {
      amount: '-0.5',
      // A report from tomorrow: its latency is below zero.
      occurredAt: new Date(Date.now() + 60_000).toISOString(),
    });
  }

  const columns = 'affclickid,amount,latency_received_ms';
  const response = await scene.admin.fetch(`/reports/postbacks.csv?columns=${columns}`);
  const rows: string[][] = parse(await response.text(), { from: 2 });

  expect(rows.map(([affclickid]) => affclickid)).toEqual(
    disguised.map((affclickid) => `'${affclickid}`).reverse(),
  );
  for (const [, amount, latency] of rows) {
    expect(amount).toBe('-0.5');
    expect(Number(latency)).toBeLessThan(0);
  }
});

test('every text that others may have typed is defused, in whatever column', async () => {
  await using scene = await makeScene();
  const { affid, affiliateId } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: 'https://affiliate.example/?a={affclickid}' });
  const clickId = await scene.click(`/click?affid=${affid}&campaign=2001&affclickid=%3D1%2B1`);
  await scene.event(clickId, { transactionId: '@SUM(A1)' });

  const columns = 'affclickid,transaction_id';
  const response = await scene.admin.fetch(`/reports/postbacks.csv?columns=${columns}`);

  expect((await response.text()).trimEnd().split('\n')[1]).toBe("'=1+1,'@SUM(A1)");
});
