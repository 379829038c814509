import './scalars.ts';
import './errors.ts';
import './viewer.ts';
import './affiliate.ts';
import './offer.ts';
import './campaign.ts';
import './integration.ts';
import './tracking-link.ts';
import './click.ts';
import './affclickid-group.ts';
import './event.ts';
import './pixel.ts';
import './pixel-mutations.ts';
import './pixel-secret.ts';
import './placeholder.ts';
import './preview.ts';
import './converter.ts';
import './postback.ts';
import './postback-requests.ts';
import './postback-fired.ts';
import './job.ts';
import './job-requests.ts';
import './stats.ts';
import './api-key.ts';
import { builder } from './builder.ts';

/** The executable schema. Building it needs no database. */
export const schema = builder.toSchema();
