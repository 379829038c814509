/** The systems whose postback templates can be pasted. */
export type Dialect = 'CAKE' | 'EVERFLOW' | 'IMPACT' | 'KEITARO' | 'SMARTICO' | 'TUNE' | 'VOLUUM';

/**
 * One macro of a dialect: its name there, our name for the same value (null when we have none), what
 * it is, and what the author should know although the macro is translated.
 */
export type MacroRow = readonly [
  theirs: string,
  ours: string | null,
  meaning: string,
  remark?: string,
];

export type DialectWords = {
  label: string;
  /** How a macro is written: `{x}`, `{{x}}` or `#x#`. */
  delimiter: 'BRACES' | 'DOUBLE_BRACES' | 'HASHES';
  macros: readonly MacroRow[];
  /** What the affiliate puts on the link under that very name and gets back. */
  entryNames: readonly string[];
};

// Names are case-sensitive at most of these vendors and stand here as they print them. Only what was
// read somewhere is listed, so a missing name means "not known", never "does not exist".

// Everflow help desk, "Your Guide To Parameters & Macros"
// (helpdesk.everflow.io/en/articles/6173403-a-guide-to-parameters-and-macros); "Create Postback"
// (developers.everflow.io/api-reference/post-affiliatespixels); mrpostback.com/everflow.
const EVERFLOW: DialectWords = {
  label: 'Everflow',
  delimiter: 'BRACES',
  macros: [
    ['transaction_id', 'clickid', "the platform's click id"],
    ['payout_amount', 'payout', 'the payout of the partner'],
    ['sale_amount', 'amount', 'the amount of the sale'],
    ['event_id', 'event', 'the id of the kind of event', 'it gives our type, such as FirstDeposit'],
    ['event_name', 'event', 'the kind of event'],
    ['order_id', 'transaction_id', "the advertiser's order id"],
    ['affiliate_id', 'affid', 'the id of the partner'],
    ['offer_id', 'offer_id', 'the id of the offer'],
    ['revenue', null, 'what the network earns; an affiliate is told {payout}'],
    ['adv_event_id', null, "the advertiser's event id, which partner postbacks never had"],
    ['unique_click', null, 'a landing page macro'],
    ['impression_tracking_id', null, 'a landing page macro'],
    ...numbered('adv', 1, 5).map((name): MacroRow => [name, null, 'a sub id of the advertiser']),
  ],
  entryNames: ['source_id', ...numbered('sub', 1, 10)],
};

// TUNE support, "Passing Values to a Partner Conversion URL"
// (support.tune.com/hc/en-us/articles/1500008248741) and "Customizing a Partner Tracking Link"
// (.../1500005236722); HasOffers wiki, "Application Support:Conversion Pixels URLs" and
// "Api Model:OfferPixel" (hasoffers.com/wiki); developers.tune.com/network-models/offerurl.
const TUNE: DialectWords = {
  label: 'TUNE',
  delimiter: 'BRACES',
  macros: [
    ['transaction_id', 'clickid', "the platform's click id"],
    ['affiliate_id', 'affid', 'the id of the partner'],
    ['offer_id', 'offer_id', 'the id of the offer'],
    ['payout', 'payout', 'the payout of the partner'],
    ['sale_amount', 'amount', 'the amount of the sale'],
    ['amount', 'amount', 'the amount of the sale'],
    ['currency', 'currency', 'the currency of the offer'],
    ['goal_id', 'event', 'the id of the goal', 'it gives our type, such as FirstDeposit'],
    ['customer_id', 'customer_id', 'the id of the customer'],
    // The wiki calls aff_sub1 another name of aff_sub, and links carry the latter.
    ['aff_sub1', 'aff_sub', 'another name of {aff_sub}'],
    ['ran', 'postback_id', 'a random number', 'it is unique per postback and equal in its retries'],
    ['session_ip', 'ip', 'the address at the click'],
    ['ip', 'ip', 'the address at the conversion', 'Volley knows the one of the click only'],
    ['country_code', 'country', 'the country of the visitor'],
    ['offer_url_id', null, 'the id of a landing page variant'],
    ['offer_ref', null, "the network's reference of the offer"],
    ['affiliate_ref', null, "the network's reference of the partner"],
    ['params', null, 'an offer URL macro'],
    ['adv_sub', null, 'a sub id of the advertiser'],
    ...numbered('adv_sub', 2, 5).map(
      (name): MacroRow => [name, null, 'a sub id of the advertiser'],
    ),
  ],
  entryNames: ['aff_click_id', 'source', 'aff_sub', ...numbered('aff_sub', 2, 5)],
};

// CAKE knowledge base, tokens in affiliate pixels (support.getcake.com/support/solutions/articles/
// 5000545788), "How Affiliates Can Use Tokens to Send Dynamic Values in Pixels" (5000546096), "How To
// Integrate With CAKE" (13000103758) and "Tokens in the Offer Link".
const CAKE: DialectWords = {
  label: 'CAKE',
  delimiter: 'HASHES',
  macros: [
    ['leadid', 'conversion_id', 'the id of the conversion'],
    ['affid', 'affid', 'the id of the affiliate'],
    ['oid', 'offer_id', 'the id of the offer'],
    ['campid', 'campaign', 'the id of the campaign'],
    ['cid', 'creative_id', 'the id of the creative'],
    ['tid', 'transaction_id', "the advertiser's transaction id"],
    ['price', 'payout', 'the payout of the affiliate'],
    ['reqid', 'clickid', 'the request id of the click'],
    ['oreqid', 'clickid', 'the request id of the click'],
    ['sourceip', 'ip', 'the address at the click'],
    ['ip', 'ip', 'the address at the conversion', 'Volley knows the one of the click only'],
    ['utcunixtime', 'event_ts', 'the time of the conversion in unix seconds'],
    ['sourcetime', 'event_time', 'the time of the conversion', 'it is written as ISO 8601 in UTC'],
    ['vstid', null, 'a visitor id from a cookie'],
  ],
  entryNames: ['udid', ...numbered('s', 1, 5)],
};

// impact.com help, "Enable Action Clearing Events Notifications"
// (help.impact.com/en/support/solutions/articles/155000000882) and "Enable Event Notification
// Postbacks" (.../48001237753); the action file's field list it links to; mrpostback.com/impact and
// affpixel.com/blog/impact-postback-setup for {OID}, {ActionStatus} and the link parameter subId1.
const IMPACT: DialectWords = {
  label: 'Impact',
  delimiter: 'BRACES',
  macros: [
    // Links carry subId1, the macro is SubId1, and our entry parameters are case-sensitive.
    ...numbered('SubId', 1, 3).map((name): MacroRow => {
      return [name, `s${name.slice(1)}`, `the link's parameter s${name.slice(1)}`];
    }),
    ['ActionId', 'conversion_id', 'the id of the action'],
    ['OID', 'transaction_id', "the advertiser's order id"],
    ['Status', 'status', 'the status', 'ours are pending, approved, rejected and reversed'],
    ['ActionStatus', 'status', 'the status', 'ours are pending, approved, rejected and reversed'],
    ['Payout', 'payout', 'the payout of the partner'],
    ['Amount', 'amount', 'the amount of the sale'],
    ['Currency', 'currency', 'the currency'],
    ['OriginalAmount', 'amount', 'the amount before conversion', 'Volley converts no currencies'],
    ['OriginalCurrency', 'currency', 'the currency of the sale', 'Volley converts no currencies'],
    ['CampaignId', 'campaign', 'the id of the program'],
    ['CampaignName', 'campaign_name', 'the name of the program'],
    ['ActionTrackerId', 'event', 'the id of the event type', 'it gives our type, such as Sale'],
    ['ActionTrackerName', 'event', 'the name of the event type'],
    ['MediaPartnerId', 'affid', 'the id of the partner'],
    ['AdId', 'creative_id', 'the id of the ad'],
    ['EventDate', 'event_time', 'the time of the event'],
    ['MediaPartnerName', null, 'the name of the partner'],
    ['ActionType', null, 'the class of the event type; {event} gives the type itself'],
    ['StatusDetail', null, 'the reason of the status'],
    ['ReferringType', null, 'the way the visitor was referred'],
    ['LandingPageUrl', null, 'the page the visitor landed on'],
    ['CreationDate', null, 'a step in the life of an action'],
    ['LockingDate', null, 'a step in the life of an action'],
    ['IntendedAmount', null, 'the amount before a cap'],
    ['IntendedPayout', null, 'the payout before a cap'],
    ['DeltaAmount', null, 'a difference; a correction sends the whole {amount} again'],
    ['DeltaPayout', null, 'a difference; a correction sends the whole {payout} again'],
  ],
  entryNames: ['SharedId'],
};

// The Affiliate Platform (Smartico) help, "Pixel tool (Postbacks / Callbacks)"
// (help.theaffiliateplatform.com/affiliate-platform/pixel-tool-postbacks-callbacks). Anything an
// affiliate names freely on the link comes back under that name, {{afp}} being their example.
const SMARTICO: DialectWords = {
  label: 'Smartico',
  delimiter: 'DOUBLE_BRACES',
  macros: [['registration_id', 'customer_id', 'the id of the registered customer']],
  entryNames: ['afp'],
};

const NO_RANDOM = 'a random value; {postback_id} is unique per postback';

// Keitaro documentation, "S2S postback placeholders"
// (docs.keitaro.io/en/campaigns-and-streams/s2s-postback-placeholders.html) and "Placeholders"
// (.../landing-pages-and-offers/placeholders.html); "Send postbacks" of version 7
// (v7.help-legacy.keitaro.io/en/sendpostbacks); "Postback" of version 9 for what statuses mean.
const KEITARO: DialectWords = {
  label: 'Keitaro',
  delimiter: 'BRACES',
  macros: [
    ['subid', 'clickid', "the tracker's click id"],
    ['tid', 'transaction_id', 'the transaction id'],
    ['status', 'status', 'the status'],
    ['revenue', 'payout', 'what the conversion pays'],
    ['currency', 'payout_currency', 'the currency of the revenue'],
    ['date', 'click_time', 'the time of the click'],
    ['offer_id', 'offer_id', 'the id of the offer'],
    ['campaign_id', 'campaign', 'the id of the campaign'],
    ['keitaro_campaign_id', 'campaign', 'the id of the campaign'],
    ['campaign_name', 'campaign_name', 'the name of the campaign'],
    ['keitaro_campaign_name', 'campaign_name', 'the name of the campaign'],
    ['ip', 'ip', "the visitor's address"],
    ['user_agent', 'user_agent', "the visitor's browser line"],
    ['useragent', 'user_agent', "the visitor's browser line"],
    ['ua', 'user_agent', "the visitor's browser line"],
    ['referrer', 'referrer', 'the referring page'],
    ['referer', 'referrer', 'the referring page'],
    ['country', 'country', 'the country'],
    ['country_code', 'country', 'the country'],
    ['country_name', 'country', 'the country'],
    ['region', 'region', 'the region'],
    ['region_name', 'region', 'the region'],
    ['city', 'city', 'the city'],
    ['device_type', 'device_type', 'the kind of device'],
    ['os', 'os', 'the operating system'],
    ['browser', 'browser', 'the browser'],
    ['language', 'language', 'the language'],
    ['landing_id', 'landing_id', 'the landing page'],
    ['cost', null, 'what the click cost'],
    ['profit', null, 'revenue less cost'],
    ['random', null, NO_RANDOM],
    ['sample', null, NO_RANDOM],
    ['from_file', null, 'the content of a file of the tracker'],
    ['current_domain', null, 'a domain of the tracker'],
    ['destination', null, 'where the visitor was sent'],
    ['parent_campaign_id', null, 'a campaign before the campaign'],
    ['traffic_source_name', null, 'an object of the tracker'],
    ['ts_id', null, 'an object of the tracker'],
    ['stream_id', null, 'an object of the tracker'],
    ['visitor_code', null, 'a visitor id'],
    ...[
      ...['browser_version', 'os_version', 'device_brand', 'device_model', 'connection_type'],
      ...['isp', 'operator', 'operator_name', 'carrier', 'is_bot', 'is_using_proxy'],
    ].map((name): MacroRow => [name, null, 'a fact Volley does not look up']),
  ],
  entryNames: [
    ...['external_id', 'ad_campaign_id', 'creative_id', 'source', 'keyword'],
    ...['search_engine', 'se'],
    ...numbered('sub_id_', 1, 15),
    ...numbered('extra_param_', 1, 7),
  ],
};

// Voluum documentation, "Traffic Source Postback URL" (doc.voluum.com/en/
// traffic_source_postback_url.html), "Token functions" (.../token-functions.html), "Track Conversions
// Using S2S Postback URL" (.../tracking_conversions_postback.html) and "Parameters in Postback URLs"
// for cid. The page "Voluum Tracking Tokens" was out of reach: tokens with a dot and the look-ups are
// those that integrations in public repositories agree on.
const VOLUUM: DialectWords = {
  label: 'Voluum',
  delimiter: 'BRACES',
  macros: [
    [
      'externalid',
      'affclickid',
      "the source's click id",
      'the entry link has to carry it as affclickid',
    ],
    ['clickid', 'clickid', "the tracker's click id"],
    ['cid', 'clickid', "the tracker's click id"],
    ['payout', 'payout', 'what the conversion pays'],
    ['transaction.id', 'transaction_id', 'the transaction id'],
    ['campaign.id', 'campaign', 'the id of the campaign'],
    ['campaign.name', 'campaign_name', 'the name of the campaign'],
    ['offer.id', 'offer_id', 'the id of the offer'],
    ['lander.id', 'landing_id', 'the landing page'],
    ['ip', 'ip', "the visitor's address"],
    ['useragent', 'user_agent', "the visitor's browser line"],
    ['country', 'country', 'the country'],
    ['countrycode', 'country', 'the country'],
    ['countryname', 'country', 'the country'],
    ['region', 'region', 'the region'],
    ['city', 'city', 'the city'],
    ['device', 'device_type', 'the kind of device'],
    ['os', 'os', 'the operating system'],
    ['browser', 'browser', 'the browser'],
    ['language', 'language', 'the language'],
    ['trafficsource.id', null, 'an object of the tracker'],
    ['trafficsource.name', null, 'an object of the tracker'],
    ['trackingdomain', null, 'a domain of the tracker'],
    ...[
      ...['brand', 'model', 'browserversion', 'osversion', 'isp', 'carrier', 'connection.type'],
      'referrerdomain',
    ].map((name): MacroRow => [name, null, 'a fact Volley does not look up']),
  ],
  entryNames: numbered('var', 1, 10),
};

export const DIALECTS: Readonly<Record<Dialect, DialectWords>> = {
  CAKE,
  EVERFLOW,
  IMPACT,
  KEITARO,
  SMARTICO,
  TUNE,
  VOLUUM,
};

/** A macro found by name: a row of the table, or a name the affiliate's links carry. */
export type DialectWord =
  | { kind: 'MACRO'; row: MacroRow; exact: boolean }
  | { kind: 'ENTRY'; name: string; exact: boolean };

const WORDS: ReadonlyMap<string, DialectWord> = new Map(
  Object.entries(DIALECTS).flatMap(([dialect, { macros, entryNames }]) => [
    ...entryNames.map((name): [string, DialectWord] => {
      return [wordKey(dialect, name), { kind: 'ENTRY', name, exact: true }];
    }),
    ...macros.map((row): [string, DialectWord] => {
      return [wordKey(dialect, row[0]), { kind: 'MACRO', row, exact: true }];
    }),
  ]),
);

/**
 * Finds a macro of a dialect, null for a name that is not known there. Letter case does not count, as
 * a pasted template should be mended; `exact` says whether it was right.
 */
export function findDialectWord(dialect: Dialect, name: string): DialectWord | null {
  const word = WORDS.get(wordKey(dialect, name));
  if (word === undefined) return null;
  const written = word.kind === 'ENTRY' ? word.name : word.row[0];
  return { ...word, exact: written === name };
}

function wordKey(dialect: string, name: string): string {
  return `${dialect} ${name.toLowerCase()}`;
}

function numbered(stem: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${stem}${from + index}`);
}
