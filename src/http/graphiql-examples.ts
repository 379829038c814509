/** What GraphiQL opens with: the main job as operations to run one after the other. */
export const EXAMPLES = `# Put your key into the Headers tab below, then run these one by one.

query WhoAmI {
  viewer { name role }
}

query Report {
  postbacks(first: 20) {
    nodes {
      status reason dueAt firedAt clickId entryUrl url finalUrl
      lastAttempt { statusCode durationMs message }
    }
    pageInfo { hasNextPage endCursor }
  }
}

mutation Visit {
  recordClick(input: { entryUrl: "/click?affid=101&campaign=2001&affclickid=1122223444455565666" }) {
    ... on RecordClickPayload { click { clickId parameters { name value } warnings } }
    ... on Error { message }
  }
}

# Take the clickId of Visit.
mutation Report50Dollars($clickId: String!) {
  recordEvent(input: { clickId: $clickId, type: "FirstDeposit", amount: "50", currency: "USD" }) {
    ... on RecordEventPayload {
      duplicate
      event { id status amount currency unattributed decisions { fires reason pixel { url } } }
      postbacks { id status dueAt url }
    }
    ... on Error { message }
  }
}

subscription Live {
  postbackFired {
    cursor
    postback { status clickId entryUrl url finalUrl }
    attempt { number statusCode durationMs message }
  }
}

query Stats {
  postbackStats(bucket: DAY) { total byStatus { status count } buckets { from total } }
}

query Preview {
  previewPostback(input: {
    url: "https://affiliate.example/postback?click_id={affclickid}&payout_sum={amount}&currency={currency}"
  }) { finalUrl warnings issues { message } values { name source raw encoded } }
}
`;
