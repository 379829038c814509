import type { Viewer } from '../access/viewer.ts';
import { type Catalog, DEFAULT_INTEGRATION_ID } from '../catalog/catalog.ts';
import { tellUnknownEventType } from '../catalog/unknown-event-type.ts';
import type { Coalescer } from '../platform/coalescer.ts';
import { InvalidInputError, issuesOf, NotFoundError } from '../platform/refusals.ts';
import type { Report } from '../platform/report.ts';
import { eventReport } from './event-input.ts';
import type { StoredEvent, StoreEventItem } from './store-events.ts';

/** Records one report; resolves when the event and its postbacks are on disk. */
export type RecordEvent = (viewer: Viewer, report: unknown) => Promise<StoredEvent>;

/** Says whether a report can be recorded, without recording it; throws as `RecordEvent` does. */
export type CheckReport = (viewer: Viewer, report: unknown) => Promise<StoreEventItem>;

type Deps = {
  catalog: Pick<Catalog, 'integration' | 'hasEventType' | 'eventTypeCodes'>;
  events: Pick<Coalescer<StoreEventItem, StoredEvent>, 'add'>;
  report: Pick<Report, 'eventRecorded'>;
};

/**
 * Checks a report and hands it to the batch that is stored next.
 *
 * Throws InvalidInputError with every issue, NotFoundError for an integration that does not exist or
 * is not the key's. An unknown click is no error: the event is stored and says why it is unattributed.
 */
export function createRecordEvent({ catalog, events, report }: Deps): RecordEvent {
  const check = createCheckReport({ catalog });
  return async (viewer, input) => {
    const stored = await events.add(await check(viewer, input));
    report.eventRecorded(stored);
    return stored;
  };
}

/** The check alone, for those who look at many reports before they record the first. */
export function createCheckReport({ catalog }: Pick<Deps, 'catalog'>): CheckReport {
  return async (viewer, input) => {
    const parsed = eventReport.safeParse(input);
    const issues = issuesOf(parsed.error);
    const type = eventReport.shape.type.safeParse((input as { type?: unknown }).type);
    if (type.success && !(await catalog.hasEventType(type.data))) {
      const message = tellUnknownEventType(type.data, await catalog.eventTypeCodes());
      issues.push({ path: ['type'], message });
    }
    if (!parsed.success || issues.length > 0) throw new InvalidInputError(issues);
    const integrationId = chooseIntegration(viewer, parsed.data.integrationId);
    const integration = await catalog.integration(integrationId);
    if (!integration) throw new NotFoundError('no integration has this integrationId');
    return { report: parsed.data, integration };
  };
}

/** An INTEGRATION key reports for its own integration only; others for any, else the built-in one. */
function chooseIntegration(viewer: Viewer, named: string | null): string {
  const own = viewer.role === 'INTEGRATION' ? viewer.integrationId : null;
  if (own !== null && named !== null && named !== own) {
    throw new NotFoundError('no integration has this integrationId');
  }
  return own ?? named ?? DEFAULT_INTEGRATION_ID;
}
