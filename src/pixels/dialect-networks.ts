import { type DialectWords, type MacroRow, numbered } from './dialect-words.ts';

// Everflow help desk, "Your Guide To Parameters & Macros"
// (helpdesk.everflow.io/en/articles/6173403-a-guide-to-parameters-and-macros); "Create Postback"
// (developers.everflow.io/api-reference/post-affiliatespixels); mrpostback.com/everflow.
export const EVERFLOW: DialectWords = {
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
// (.../1500005236722), "Customizing a Conversion URL" (.../1500005236742) for adv_unique; HasOffers wiki, "Application Support:Conversion Pixels URLs" and
// "Api Model:OfferPixel" (hasoffers.com/wiki); developers.tune.com/network-models/offerurl.
export const TUNE: DialectWords = {
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
    ...[...numbered('adv_sub', 2, 5), ...numbered('adv_unique', 1, 5)].map(
      (name): MacroRow => [name, null, 'a sub id of the advertiser'],
    ),
  ],
  entryNames: ['aff_click_id', 'source', 'aff_sub', ...numbered('aff_sub', 2, 5)],
};

// CAKE knowledge base, tokens in affiliate pixels (support.getcake.com/support/solutions/articles/
// 5000545788), "How Affiliates Can Use Tokens to Send Dynamic Values in Pixels" (5000546096), "Affiliate Pixels and Tracking" (5000546376) for source_ip, "How To
// Integrate With CAKE" (13000103758) and "Tokens in the Offer Link".
export const CAKE: DialectWords = {
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
    ['source_ip', 'ip', 'the address at the click'],
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
export const IMPACT: DialectWords = {
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
// affiliate names freely on the link comes back under that name, {{afp}} being their example. No other
// built-in name is public: a further one is kept, and named, as what the link would have to carry.
export const SMARTICO: DialectWords = {
  label: 'Smartico',
  delimiter: 'DOUBLE_BRACES',
  macros: [['registration_id', 'customer_id', 'the id of the registered customer']],
  entryNames: ['afp'],
};
