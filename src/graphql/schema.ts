import './scalars.ts';
import './errors.ts';
import './viewer.ts';
import './affiliate.ts';
import './offer.ts';
import './campaign.ts';
import './integration.ts';
import './event-type.ts';
import './tracking-link.ts';
import './click.ts';
import './affclickid-group.ts';
import './event.ts';
import './pixel.ts';
import './pixel-mutations.ts';
import './pixel-status.ts';
import './pixel-version.ts';
import './pixel-secret.ts';
import './placeholder.ts';
import './preview.ts';
import './shadow.ts';
import './converter.ts';
import './postback.ts';
import './postback-list.ts';
import './postback-requests.ts';
import './postback-fired.ts';
import './event-recorded.ts';
import './click-recorded.ts';
import './echo-receiver.ts';
import './echo-received.ts';
import './destination.ts';
import './destination-changed.ts';
import './destination-requests.ts';
import './job.ts';
import './job-requests.ts';
import './stats.ts';
import './stats-changed.ts';
import './api-key.ts';
import './audit-log.ts';
import { builder } from './builder.ts';
import { actAs, type Context } from './context.ts';

/** The executable schema. Building it needs no database. */
export const schema = builder.toSchema();

for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
  const { resolve } = field;
  field.resolve = (root, args, context: Context, info) => {
    actAs(context, field.name);
    return resolve?.(root, args, context, info);
  };
}
