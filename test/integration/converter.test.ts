import { expect, test } from 'vitest';
import { makeApp } from '../support/make-app.ts';

const CONVERT = `query ($url: String!, $dialect: TemplateDialect) {
  convertTemplate(url: $url, dialect: $dialect) {
    dialect url changes { from to note position } unsupported { token note position }
  }
}`;

test('a pasted template of another system becomes ours, with a note per change', async () => {
  await using volley = await makeApp();

  const url = 'https://affiliate.example/p?id=#s2#&sum=#price#';
  const cake = await volley.admin.ask(CONVERT, { url });
  const ours = await volley.admin.ask(CONVERT, {
    url: 'https://affiliate.example/p?id={affclickid}',
  });
  const long = await volley.admin.ask(CONVERT, { url: 'x'.repeat(8_193) });

  expect(cake.data).toMatchObject({
    convertTemplate: {
      dialect: 'CAKE',
      url: 'https://affiliate.example/p?id={s2}&sum={payout}',
      changes: [
        { from: '#s2#', position: 32 },
        { from: '#price#', to: '{payout}', position: 41 },
      ],
    },
  });
  expect(ours.data).toMatchObject({ convertTemplate: { dialect: null, changes: [] } });
  expect(long.errors?.[0]).toMatchObject({
    message: expect.stringContaining('8193'),
    extensions: { code: 'BAD_USER_INPUT' },
  });
});
