import { type DialectWords, type MacroRow, numbered } from './dialect-words.ts';

const NO_RANDOM = 'a random value; {postback_id} is unique per postback';

// Keitaro documentation, "S2S postback placeholders"
// (docs.keitaro.io/en/campaigns-and-streams/s2s-postback-placeholders.html) and "Placeholders"
// (.../landing-pages-and-offers/placeholders.html); "Send postbacks" of version 7
// (v7.help-legacy.keitaro.io/en/sendpostbacks); "Postback" of version 9 for what statuses mean.
export const KEITARO: DialectWords = {
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
    ['keyword_cp1251', null, 'the keyword in another character set; {keyword} is UTF-8'],
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
export const VOLUUM: DialectWords = {
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
    ['offer.name', 'offer_name', 'the name of the offer'],
    ['lander.id', 'landing_id', 'the landing page'],
    ['lander.name', null, 'the name of the landing page; {landing_id} gives its id'],
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
    ['workspace.id', null, 'an object of the tracker'],
    ['workspace.name', null, 'an object of the tracker'],
    ['trackingdomain', null, 'a domain of the tracker'],
    ...[
      ...['brand', 'model', 'browserversion', 'osversion', 'isp', 'carrier', 'connection.type'],
      'referrerdomain',
    ].map((name): MacroRow => [name, null, 'a fact Volley does not look up']),
  ],
  entryNames: numbered('var', 1, 10),
};
