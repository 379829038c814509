import type { Viewer } from '../access/viewer.ts';
import type { PixelChange } from '../pixels/diff-pixel.ts';
import { builder } from './builder.ts';
import { HttpMethod, RoleEnum, UnresolvedPolicy } from './enums.ts';
import { checkPage, VERSION_CURSOR } from './mutation.ts';
import { Pixel } from './pixel.ts';

type Author = { name: string | null; role: 'ADMIN' | 'VIEWER' | 'INTEGRATION' | 'AFFILIATE' };

const PixelAuthor = builder.objectRef<Author>('PixelAuthor').implement({
  description: 'Who saved a version.',
  fields: (t) => ({
    name: t.exposeString('name', {
      nullable: true,
      description: "Name of the key; affiliates see their own keys' only.",
    }),
    role: t.expose('role', { type: RoleEnum, description: 'Role of the key.' }),
  }),
});

const Change = builder.objectRef<PixelChange>('PixelChange').implement({
  description: 'One setting that a version changed.',
  fields: (t) => ({
    field: t.exposeString('field', {
      description: 'As in `UpdatePixelInput`; `campaigns` by code.',
    }),
    before: t.exposeString('before', { nullable: true, description: 'Null for none.' }),
    after: t.exposeString('after', { nullable: true, description: 'Null for none.' }),
  }),
});

const PixelVersion = builder.prismaObject('PixelVersion', {
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'From 1.' }),
    url: t.exposeString('url', { description: 'The template.' }),
    method: t.expose('method', { type: HttpMethod }),
    body: t.exposeString('body', {
      nullable: true,
      description: 'Template of the body, for POST.',
    }),
    unresolved: t.expose('unresolved', {
      type: UnresolvedPolicy,
      description: 'What happens to a placeholder without a value.',
    }),
    required: t.exposeStringList('required', {
      description: 'Placeholders that must have a value.',
    }),
    signed: t.exposeBoolean('signed', { description: 'Whether its calls are signed.' }),
    approved: t.exposeBoolean('approved'),
    changes: t.field({
      type: [Change],
      description: 'What it changed of the version before; empty for the first.',
      select: { changes: true },
      resolve: ({ changes }) => changes as PixelChange[],
    }),
    author: t.field({
      type: PixelAuthor,
      nullable: true,
      description: 'Who saved it; null for one from before authors were kept.',
      select: { author: true, authorRole: true, pixel: { select: { affiliateId: true } } },
      resolve: ({ author, authorRole, pixel }, _args, { viewer }) =>
        author === null || authorRole === null
          ? null
          : {
              name: maySeeName(viewer, authorRole, pixel.affiliateId) ? author : null,
              role: authorRole,
            },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

/** How the operator names its keys is nobody else's business. */
function maySeeName(viewer: Viewer, authorRole: Author['role'], affiliateId: string): boolean {
  if (viewer.role === 'ADMIN' || viewer.role === 'VIEWER') return true;
  return (
    viewer.role === 'AFFILIATE' && authorRole === 'AFFILIATE' && viewer.affiliateId === affiliateId
  );
}

const PixelVersionConnection = builder.connectionObject(
  { type: PixelVersion, name: 'PixelVersionConnection', description: 'A page of versions.' },
  { name: 'PixelVersionEdge', description: 'A version and its place.' },
);

builder.prismaObjectField(Pixel, 'versions', (t) =>
  t.relatedConnection(
    'versions',
    {
      cursor: 'pixelId_version',
      description: 'Every saved state, newest first.',
      query: (args) => {
        checkPage(args, VERSION_CURSOR);
        return { orderBy: { version: 'desc' } };
      },
    },
    PixelVersionConnection,
  ),
);
