import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conversion, convertTemplate } from '../../../src/pixels/convert.ts';
import type { Dialect } from '../../../src/pixels/dialect-words.ts';
import { DIALECTS } from '../../../src/pixels/dialects.ts';
import { findPlaceholder } from '../../../src/pixels/placeholders.ts';
import { renderTemplate } from '../../../src/pixels/render.ts';
import { parseTemplate } from '../../../src/pixels/template.ts';

const B = 'https://affiliate.example/postback';

type Case = [dialect: Dialect, pasted: string, converted: string];

const CASES: readonly Case[] = [
  [
    'EVERFLOW',
    `${B}?click_id={sub1}&tid={transaction_id}&payout={payout_amount}&sale={sale_amount}`,
    `${B}?click_id={sub1}&tid={clickid}&payout={payout}&sale={amount}`,
  ],
  [
    'EVERFLOW',
    `${B}?c={sub5}&s={source_id}&goal={event_id}&name={event_name}&o={order_id}&p={payout_amount}`,
    `${B}?c={sub5}&s={source_id}&goal={event}&name={event}&o={transaction_id}&p={payout}`,
  ],
  [
    'TUNE',
    `${B}?cid={aff_sub}&payout={payout}&txid={transaction_id}&aff={affiliate_id}`,
    `${B}?cid={aff_sub}&payout={payout}&txid={clickid}&aff={affid}`,
  ],
  [
    'TUNE',
    `${B}/{offer_id}?c={aff_sub1}&d={aff_sub5}&sum={sale_amount}&g={goal_id}&i={session_ip}&r={ran}`,
    `${B}/{offer_id}?c={aff_sub}&d={aff_sub5}&sum={amount}&g={event}&i={ip}&r={postback_id}`,
  ],
  [
    'CAKE',
    `${B}?click_id=#s2#&affiliate=#s1#&amt=#price#&txid=#tid#`,
    `${B}?click_id={s2}&affiliate={s1}&amt={payout}&txid={transaction_id}`,
  ],
  [
    'CAKE',
    `${B}?id=#s2##s3#&lead=#leadid#&a=#affid#&o=#oid#&c=#campid#&r=#reqid#&t=#utcunixtime#`,
    `${B}?id={s2}{s3}&lead={conversion_id}&a={affid}&o={offer_id}&c={campaign}&r={clickid}&t={event_ts}`,
  ],
  [
    'IMPACT',
    `${B}?click_id={SubId1}&payout={Payout}&order_id={OID}&currency={Currency}&s={ActionStatus}`,
    `${B}?click_id={subId1}&payout={payout}&order_id={transaction_id}&currency={currency}&s={status}`,
  ],
  [
    'IMPACT',
    `${B}?action={ActionId}&sum={Amount}&p={CampaignId}&e={ActionTrackerName}&sh={SharedId}&t={EventDate}`,
    `${B}?action={conversion_id}&sum={amount}&p={campaign}&e={event}&sh={SharedId}&t={event_time}`,
  ],
  [
    'SMARTICO',
    `${B}?click_id={{afp}}&lead_id={{registration_id}}&z={{ zone }}`,
    `${B}?click_id={afp}&lead_id={customer_id}&z={zone}`,
  ],
  [
    'KEITARO',
    `${B}?cid={external_id}&payout={revenue}&goal={status:lead=0 sale=1 rejected=2}`,
    `${B}?cid={external_id}&payout={payout}&goal={status|map:pending=0,approved=1,rejected=2,reversed=2}`,
  ],
  [
    'KEITARO',
    `${B}?u={_subid}&t={tid}&d={_date:Y-m-d H:i:s,Europe/Kyiv}&e={date:U}&k={sub_id_7}&s={status}`,
    `${B}?u={clickid|raw}&t={transaction_id}` +
      '&d={click_time|date:yyyy-MM-dd%20HH:mm:ss,Europe/Kyiv}&e={click_time|date:unix}' +
      '&k={sub_id_7}&s={status|map:pending=lead,approved=sale,rejected=rejected,reversed=rejected}',
  ],
  [
    'VOLUUM',
    `${B}?visitor={externalid}&sum={payout}&tx={transaction.id}&c={campaign.id}`,
    `${B}?visitor={affclickid}&sum={payout}&tx={transaction_id}&c={campaign}`,
  ],
  [
    'VOLUUM',
    `${B}?cid={externalid}&a={var1:hash}&b={var2:raw}&z={var:zone}&i={clickid}`,
    `${B}?cid={affclickid}&a={var1|sha256}&b={var2|raw}&z={zone}&i={clickid}`,
  ],
];

describe('convertTemplate', () => {
  it.each(CASES)('turns a template of %s into ours: %s', (dialect, pasted, converted) => {
    const conversion = convertTemplate(pasted);

    expect(conversion).toMatchObject({ dialect, url: converted, unsupported: [] });
    expect(convertTemplate(pasted, dialect)).toEqual(conversion);
  });

  it.each(CASES)('gives a template that %s users can save: %s', (_, pasted) => {
    expect(parseTemplate(convertTemplate(pasted).url)).toMatchObject({ ok: true });
  });

  it.each(CASES)('changes nothing the second time (%s): %s', (_, pasted) => {
    const { url } = convertTemplate(pasted);

    expect(convertTemplate(url).url).toBe(url);
  });

  it('notes what a macro meant, and where it stood', () => {
    const { changes } = convertTemplate(`${B}?a={sub1}&t={transaction_id}&p={payout_amount}`);

    expect(changes).toEqual([
      {
        from: '{transaction_id}',
        to: '{clickid}',
        note: "Everflow's {transaction_id} is the platform's click id, here {clickid}",
        position: 47,
      },
      {
        from: '{payout_amount}',
        to: '{payout}',
        note: "Everflow's {payout_amount} is the payout of the partner, here {payout}",
        position: 66,
      },
    ]);
  });

  it('names what has no counterpart and leaves it', () => {
    const conversion = convertTemplate(`${B}?cid=#s2#&v=#vstid#`);

    expect(conversion.url).toBe(`${B}?cid={s2}&v=#vstid#`);
    expect(conversion.unsupported).toEqual([
      {
        token: '#vstid#',
        note: "CAKE's #vstid# has no counterpart here: a visitor id from a cookie",
        position: 47,
      },
    ]);
  });

  it.each<[Dialect, string]>([
    ['EVERFLOW', '{revenue}'],
    ['TUNE', '{adv_sub}'],
    ['TUNE', '{adv_unique3}'],
    ['IMPACT', '{DeltaPayout}'],
    ['KEITARO', '{profit}'],
    ['KEITARO', '{keyword_cp1251}'],
    ['KEITARO', '{random:1,100}'],
    ['KEITARO', '{date:D j}'],
    ['KEITARO', '{date:Y-m-d,Mars/Olympus}'],
    ['KEITARO', '{status:install=3}'],
    ['KEITARO', '{something:else}'],
    ['VOLUUM', '{trafficsource.id}'],
    ['VOLUUM', '{lander.name}'],
    ['VOLUUM', '{workspace.id}'],
    ['VOLUUM', '{payout:80}'],
  ])('says that %s %s cannot be had', (dialect, token) => {
    const { unsupported, changes, url } = convertTemplate(`${B}?x=${token}`, dialect);

    expect(unsupported).toMatchObject([{ token, position: B.length + 4 }]);
    expect(unsupported[0]?.note).toContain(token);
    expect({ changes, url }).toEqual({ changes: [], url: `${B}?x=${token}` });
  });

  it.each<[Dialect, string, string]>([
    ['CAKE', '#source_ip#', '{ip}'],
    ['VOLUUM', '{offer.name}', '{offer_name}'],
  ])('turns %s %s into %s', (dialect, token, ours) => {
    expect(convertTemplate(`${B}?x=${token}`, dialect)).toMatchObject({
      url: `${B}?x=${ours}`,
      changes: [{ from: token, to: ours }],
      unsupported: [],
    });
  });

  it('names a Smartico macro that nobody documents, as what the link would have to carry', () => {
    const { url, changes } = convertTemplate(`${B}?c={{afp}}&d={{deposit_sum}}`);

    expect(url).toBe(`${B}?c={afp}&d={deposit_sum}`);
    expect(changes.at(-1)?.note).toContain('is no Smartico macro that Volley knows');
  });

  it('keeps a name the dialect does not have, and says what fills it', () => {
    const { changes, url } = convertTemplate(`${B}?x={aff_sub}&y={my_own}&z={geo}`, 'TUNE');

    expect(url).toBe(`${B}?x={aff_sub}&y={my_own}&z={geo}`);
    expect(changes.map(({ from, to, note }) => [from, to, note])).toEqual([
      [
        '{my_own}',
        '{my_own}',
        '{my_own} is no TUNE macro that Volley knows; it is filled from the entry parameter my_own',
      ],
      ['{geo}', '{geo}', expect.stringContaining('from the entry parameter country')],
    ]);
  });

  it('warns where the same word means something else', () => {
    const [change] = convertTemplate(`${B}?x={ip}`, 'TUNE').changes;

    expect(change).toMatchObject({ from: '{ip}', to: '{ip}' });
    expect(change?.note).toContain('Volley knows the one of the click only');
  });

  it('warns where the vendor looks a fact up and Volley does not', () => {
    const [change] = convertTemplate(`${B}?x={country:en}`, 'KEITARO').changes;

    expect(change?.to).toBe('{country}');
    expect(change?.note).toContain('the entry link has to carry country');
  });

  it('warns when a name of the link is a fact here', () => {
    const [change] = convertTemplate(`${B}?x={var:amount}`, 'VOLUUM').changes;

    expect(change?.note).toContain('here {amount} is: amount of the event');
  });

  it('mends the letter case of a known macro', () => {
    expect(convertTemplate(`${B}?x={Transaction_ID}&s={SUB1}`, 'EVERFLOW').url).toBe(
      `${B}?x={clickid}&s={sub1}`,
    );
  });

  it('reads braces and hashes that a tool encoded', () => {
    const { url } = convertTemplate(`${B}?x=%7Baff_sub%7D&t=%7btransaction_id%7d`);

    expect(url).toBe(`${B}?x=%7Baff_sub%7D&t={clickid}`);
    expect(convertTemplate(`${B}?x=%23s2%23`).url).toBe(`${B}?x={s2}`);
    expect(convertTemplate(`${B}?x=%7B%7Bafp%7D%7D`).url).toBe(`${B}?x={afp}`);
    expect(convertTemplate(`${B}?g=%7Bstatus:lead%3D0%20sale=1%7D`).url).toBe(
      `${B}?g={status|map:pending=0,approved=1}`,
    );
  });

  it('encodes in the path, where raw is refused', () => {
    expect(convertTemplate(`${B}/{_subid}?x={_tid}`).url).toBe(
      `${B}/{clickid}?x={transaction_id|raw}`,
    );
  });

  it('escapes what a mapped status may hold', () => {
    const { url } = convertTemplate(`${B}?g={status:sale=a|b,c=d%25}`);
    const reading = parseTemplate(convertTemplate(`${B}?g={status:sale=b,c=d&e}`).url);

    expect(url).toBe(`${B}?g={status:sale=a|b,c=d%25}`);
    expect(reading.ok && render(reading.template)).toBe(`${B}?g=b%2Cc%3Dd%26e`);
  });

  it.each<[string, string]>([
    ['ours', `${B}?click_id={affclickid}&payout_sum={amount}&t={transaction_id}&p={payout_amount}`],
    ['ours by a modifier', `${B}?c={aff_sub|upper}&t={transaction_id}`],
    ['several at once', `${B}?t={transaction_id}&a={affiliate_id}&s={sale_amount}`],
    ['a word of everybody', `${B}?t={transaction_id}&s={sub1}&p={payout}`],
    ['a single word many use', `${B}?cid={subid}`],
    ['two systems alike', `${B}?a={payout_amount}&b={aff_sub}`],
    ['static', `${B}?a=1#b`],
    ['a fragment between hashes', `${B}?a={sub1}#top#`],
    ['encoded JSON', `${B}?a=%7B%22k%22:1%7D`],
    ['nothing', ''],
  ])('leaves alone what is %s', (_, url) => {
    expect(convertTemplate(url)).toEqual({ dialect: null, url, changes: [], unsupported: [] });
  });

  it('has no changes when none is needed', () => {
    const url = `${B}?cid={aff_sub}&payout={payout}&c={currency}`;

    expect(convertTemplate(url)).toEqual({ dialect: 'TUNE', url, changes: [], unsupported: [] });
  });

  it.each(macroCases())('has a placeholder for the macro of %s %s', (dialect, token) => {
    const { url, unsupported } = convertTemplate(`${B}?x=${token}`, dialect);

    const reading = parseTemplate(url);

    expect(unsupported).toEqual([]);
    expect(reading).toMatchObject({ ok: true });
    expect(reading.ok && reading.template.placeholders).toHaveLength(1);
  });

  it('translates into names of the catalogue', () => {
    const ours = Object.values(DIALECTS).flatMap(({ macros }) => macros.map(([, name]) => name));

    expect(ours.filter((name) => name !== null && findPlaceholder(name) === null)).toEqual([]);
  });

  it('never throws, and touches nothing but macros, whatever is pasted', () => {
    const dialect = fc.constantFrom(...(Object.keys(DIALECTS) as Dialect[]), null);
    const piece = fc.oneof(
      fc.constantFrom('{', '}', '{{', '}}', '#', '%7B', '%7D', '%23', '%', ':', '|', '?', '&', '/'),
      fc.constantFrom(
        'transaction_id',
        '_date:Y-m-d H:i,UTC',
        'status:sale=\ud800',
        'SubId1',
        's2',
      ),
      fc.constantFrom('{aff_sub}', '#price#', '{{afp}}', '{status:lead=1}', '{externalid:raw}'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const pasted = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));

    fc.assert(
      fc.property(pasted, dialect, (url, spoken) => {
        const conversion = convertTemplate(url, spoken);

        expect(conversion.url).toBe(replay(url, conversion));
        for (const { token, position } of conversion.unsupported) {
          expect(url.startsWith(token, position - 1)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** The result built once more from the list of changes alone. */
function replay(url: string, { changes }: Conversion): string {
  let result = '';
  let end = 0;
  for (const { from, to, position } of changes) {
    expect(url.startsWith(from, position - 1)).toBe(true);
    result += url.slice(end, position - 1) + to;
    end = position - 1 + from.length;
  }
  return result + url.slice(end);
}

function macroCases(): [Dialect, string][] {
  return (Object.keys(DIALECTS) as Dialect[]).flatMap((dialect) => {
    const { macros, entryNames, delimiter } = DIALECTS[dialect];
    const names = [
      ...macros.filter(([, ours]) => ours !== null).map(([name]) => name),
      ...entryNames,
    ];
    const [open, close] = { BRACES: ['{', '}'], DOUBLE_BRACES: ['{{', '}}'], HASHES: ['#', '#'] }[
      delimiter
    ] as [string, string];
    return names.map((name): [Dialect, string] => [dialect, `${open}${name}${close}`]);
  });
}

function render(template: Parameters<typeof renderTemplate>[0]): string | null {
  const values = () => ({ raw: 'approved', source: 'event' as const });
  const rendering = renderTemplate(template, values, { unresolved: 'EMPTY', required: [] });
  return rendering.kind === 'rendered' ? rendering.finalUrl : null;
}
