import { expect, test } from 'vitest';
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
