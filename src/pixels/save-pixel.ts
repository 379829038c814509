import type { Role } from '../access/viewer.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { tellUnknownEventType } from '../catalog/unknown-event-type.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import {
  ConflictError,
  type InputIssue,
  InvalidInputError,
  NotFoundError,
  parseInput,
} from '../platform/refusals.ts';
import type { AllowTargets, IsOwnEcho } from '../postbacks/address-policy.ts';
import type { Db } from '../store/database.ts';
import { ensureDestination } from '../store/destinations.ts';
import { diffPixel } from './diff-pixel.ts';
import { findUnpermitted, type Granted } from './permissions.ts';
import { findPixelIssues, PIXEL_DEFAULTS, type PixelInput, pixelInput } from './pixel-input.ts';
import { statusAfterSave } from './pixel-status.ts';
import type { PixelSecrets } from './secrets.ts';
import { addFirstSecret } from './secrets-rotation.ts';

type Deps = {
  db: Db;
  ids: Pick<Ids, 'row'>;
  clock: Clock;
  catalog: Pick<Catalog, 'hasEventType' | 'eventTypeCodes'>;
  allowTargets: AllowTargets;
  /** Default: there are none. */
  isOwnEcho?: IsOwnEcho;
  secrets: PixelSecrets;
};

/** A pixel that was saved, with its signing secret when one was made for it: it is shown this once. */
export type SavedPixel = { id: string; secret: string | null };

/** What a caller gives; absent and null both mean "as it is" (on create: the default). */
export type PixelChanges = { [Field in keyof PixelInput]?: PixelInput[Field] | null };

/** Who saves: the key's name and role stay with the version. */
export type Author = { name: string; role: Role };

/** Makes a pixel with version 1; it waits when its affiliate makes it and needs approval. */
export async function createPixel(
  deps: Deps,
  affiliateId: string,
  changes: PixelChanges,
  author: Author,
): Promise<SavedPixel> {
  const { waits, granted } = await rulesFor(deps, affiliateId, author);
  const pixel = await checkPixel(deps, { ...PIXEL_DEFAULTS, ...given(changes) }, granted);
  const { status, approved } = statusAfterSave(null, waits);
  const { campaignIds, ...fields } = pixel;
  const id = deps.ids.row();
  const minted = pixel.signed ? deps.secrets.mint(id) : null;
  const destinationId = await destinationOf(deps, affiliateId, pixel.url);
  await deps.db.pixel.create({
    data: {
      id,
      affiliateId,
      status,
      ...fields,
      campaigns: { create: campaignIds.map((campaignId) => ({ campaignId })) },
      versions: {
        create: { ...versionOf(pixel, 1), destinationId, ...savedBy(author), approved },
      },
      ...(minted && { secrets: { create: { id: deps.ids.row(), sealed: minted.sealed } } }),
    },
  });
  return { id, secret: minted?.secret ?? null };
}

/**
 * Saves changes as a new version; postbacks that are planned already keep theirs. Nullable fields are
 * cleared by null, the others ignore it. What changes nothing makes no version.
 */
export async function updatePixel(
  deps: Deps,
  pixelId: string,
  changes: PixelChanges,
  author: Author,
): Promise<SavedPixel> {
  const old = await deps.db.pixel.findUniqueOrThrow({
    where: { id: pixelId },
    include: { campaigns: { include: { campaign: true } } },
  });
  if (old.status === 'DELETED') throw new ConflictError('this pixel was deleted');
  const before = { ...old, campaignIds: old.campaigns.map(({ campaignId }) => campaignId) };
  const scopeOnly =
    changes.scope === 'ALL_CAMPAIGNS' && !changes.campaignIds ? { campaignIds: [] } : {};
  const methodOnly = changes.method === 'GET' && !changes.body ? { body: null } : {};
  const edited = { ...before, ...given(changes), ...scopeOnly, ...methodOnly };
  const { waits, granted } = await rulesFor(deps, old.affiliateId, author);
  const pixel = await checkPixel(deps, edited, granted);
  const changed = diffPixel(
    { ...old, campaigns: old.campaigns.map(({ campaign }) => campaign.code) },
    { ...pixel, campaigns: await campaignCodes(deps.db, pixel.campaignIds) },
  );
  if (changed.length === 0) return { id: pixelId, secret: null };
  const { status, approved } = statusAfterSave(old.status, waits);
  const { campaignIds, ...fields } = pixel;
  const version = old.version + 1;
  const destinationId = await destinationOf(deps, old.affiliateId, pixel.url);
  const secret = await deps.db.$transaction(async (tx) => {
    const { count } = await tx.pixel.updateMany({
      where: { id: pixelId, version: old.version, status: old.status },
      data: { ...fields, version, status, rejection: null, updatedAt: deps.clock.now() },
    });
    if (count === 0) throw new ConflictError('this pixel was changed meanwhile: read it again');
    await tx.pixelVersion.create({
      data: {
        pixelId,
        ...versionOf(pixel, version),
        destinationId,
        ...savedBy(author),
        approved,
        changes: changed,
      },
    });
    // Those that stay are left alone: the audit log tells what changed.
    await tx.pixelCampaign.deleteMany({ where: { pixelId, campaignId: { notIn: campaignIds } } });
    await tx.pixelCampaign.createMany({
      data: campaignIds.map((campaignId) => ({ pixelId, campaignId })),
      skipDuplicates: true,
    });
    return pixel.signed ? addFirstSecret(tx, deps, pixelId) : null;
  });
  return { id: pixelId, secret };
}

/** Where the calls of a template go: no placeholder stands in scheme, host or port. */
function destinationOf({ db, ids }: Deps, affiliateId: string, url: string): Promise<string> {
  return ensureDestination(db, { id: ids.row(), affiliateId, origin: new URL(url).origin });
}

/** An affiliate's own saves may wait for approval (domain rule 36), and use what it was granted. */
async function rulesFor(
  { db }: Deps,
  affiliateId: string,
  author: Author,
): Promise<{ waits: boolean; granted: Granted }> {
  if (author.role !== 'AFFILIATE') return { waits: false, granted: null };
  const affiliate = await db.affiliate.findUnique({ where: { id: affiliateId } });
  return { waits: affiliate?.pixelsNeedApproval ?? false, granted: affiliate?.permissions ?? [] };
}

function savedBy({ name, role }: Author): { author: string; authorRole: Role } {
  return { author: name, authorRole: role };
}

async function campaignCodes(db: Db, campaignIds: string[]): Promise<string[]> {
  const campaigns = await db.campaign.findMany({ where: { id: { in: campaignIds } } });
  return campaigns.map(({ code }) => code);
}

/** Why a pixel could not be saved as it is, without saving it; empty when it could. */
export async function findSaveIssues(
  deps: Pick<Deps, 'db' | 'catalog' | 'allowTargets' | 'isOwnEcho' | 'secrets'>,
  before: object,
  changes: PixelChanges,
  granted: Granted,
): Promise<InputIssue[]> {
  try {
    await checkPixel(deps, { ...PIXEL_DEFAULTS, ...before, ...given(changes) }, granted);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    if (error instanceof NotFoundError) return [{ path: ['campaignIds'], message: error.message }];
    throw error;
  }
}

async function checkPixel(
  deps: Pick<Deps, 'db' | 'catalog' | 'allowTargets' | 'isOwnEcho' | 'secrets'>,
  candidate: unknown,
  granted: Granted,
): Promise<PixelInput> {
  const pixel = parseInput(pixelInput, candidate);
  const issues = [
    ...findPixelIssues(pixel, deps.allowTargets, deps.isOwnEcho),
    ...findUnpermitted(pixel, granted),
  ];
  if (pixel.signed && deps.secrets.unavailable) {
    issues.push({ path: ['signed'], message: deps.secrets.unavailable });
  }
  if (!(await deps.catalog.hasEventType(pixel.triggerEvent))) {
    const known = await deps.catalog.eventTypeCodes();
    const message = tellUnknownEventType(pixel.triggerEvent, known);
    issues.push({ path: ['triggerEvent'], message });
  }
  if (issues.length > 0) throw new InvalidInputError(issues);
  const campaignIds = [...new Set(pixel.campaignIds)];
  const known = await deps.db.campaign.count({ where: { id: { in: campaignIds } } });
  if (known < campaignIds.length)
    throw new NotFoundError('a campaign of campaignIds does not exist');
  return { ...pixel, campaignIds };
}

const NULLABLE = ['body', 'maxClickAgeSeconds', 'maxPerSecond'];

function given(changes: PixelChanges): object {
  return Object.fromEntries(
    Object.entries(changes).filter(
      ([name, value]) => value !== undefined && (value !== null || NULLABLE.includes(name)),
    ),
  );
}

function versionOf(pixel: PixelInput, version: number) {
  const { url, method, body, unresolved, required, signed } = pixel;
  return { version, url, method, body, unresolved, required, signed };
}
