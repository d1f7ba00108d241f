import { randomUUID } from 'node:crypto'
import { DEFAULT_SCHEMA_ID } from '@sheaf/protocol'
import type { Role } from '@sheaf/protocol'
import { DocumentQuota } from './document-quota.ts'
import { SheafServerError } from '../errors.ts'
import type { DocumentRecord } from '../ports.ts'
import { callerOf, roleOf } from './caller.ts'
import { sendContent } from './content-reply.ts'
import {
  ContentQuery,
  DEFAULT_PAGE,
  Document,
  DocumentPath,
  DocumentsPage,
  NewDocument,
  Nothing,
  Renamed,
  pageOf,
} from './schemas.ts'
import type { DocumentBody } from './schemas.ts'
import type { RouteContext, Scope } from './scope.ts'

const DEFAULT_TITLE = 'Untitled'
/** Largest body with the content of a new document. */
const MAX_CONTENT_BYTES = 4 * 1024 * 1024

const tags = ['documents']

/** `/v1/documents` */
export function documentRoutes(scope: Scope, context: RouteContext): void {
  const { stores, rooms, clock, limits } = context
  const quota = new DocumentQuota(stores, limits.maxDocumentsPerUser)

  scope.post(
    '/documents',
    {
      config: { sheafAccess: 'signed-in' },
      bodyLimit: MAX_CONTENT_BYTES,
      schema: { tags, summary: 'Create a document', body: NewDocument, response: { 201: Document } },
    },
    async (request, reply) => {
      const { principal, canCreateDocuments } = callerOf(request).identity
      if (!canCreateDocuments) throw new SheafServerError('forbidden', 'you may not create documents')
      const { title = DEFAULT_TITLE, content } = request.body
      const schemaId = content === undefined ? '' : DEFAULT_SCHEMA_ID
      const id = randomUUID()
      const document = await quota.within(principal.id, async () => {
        const created = await rooms.createDocument({ id, title, schemaId, content, createdBy: principal.id })
        await own(context, created)
        return created
      })
      return reply.code(201).send(documentOf(document, 'owner'))
    },
  )

  scope.get(
    '/documents',
    {
      config: { sheafAccess: 'signed-in' },
      schema: { tags, summary: 'My documents', querystring: DocumentsPage, response: { 200: pageOf(Document) } },
    },
    async (request) => {
      const { principal } = callerOf(request).identity
      const { limit = DEFAULT_PAGE, cursor, trashed } = request.query
      const wanted = trashed === 'true' ? isOwnTrash : isPresent
      return listDocuments(context, principal.id, { wanted, limit, cursor })
    },
  )

  scope.get(
    '/documents/:documentId',
    {
      config: { sheafAccess: 'reader' },
      schema: { tags, summary: 'One document', params: DocumentPath, response: { 200: Document } },
    },
    async (request) => documentOf(await existing(context, request.params.documentId), roleOf(request)),
  )

  scope.patch(
    '/documents/:documentId',
    {
      config: { sheafAccess: 'editor' },
      schema: { tags, summary: 'Rename', params: DocumentPath, body: Renamed, response: { 200: Document } },
    },
    async (request) => {
      const { documentId } = request.params
      await stores.documents.update(documentId, { title: request.body.title, updatedAt: clock.now() })
      return documentOf(await existing(context, documentId), roleOf(request))
    },
  )

  scope.delete(
    '/documents/:documentId',
    {
      config: { sheafAccess: 'owner' },
      schema: { tags, summary: 'Move into the trash, for everybody', params: DocumentPath, response: { 204: Nothing } },
    },
    async (request, reply) => {
      const { documentId } = request.params
      await stores.documents.update(documentId, { deletedAt: clock.now() })
      await stores.fanOut.announce({ kind: 'document-deleted', documentId })
      return reply.code(204).send(null)
    },
  )

  scope.post(
    '/documents/:documentId/untrash',
    {
      config: { sheafAccess: 'owner-in-trash' },
      schema: { tags, summary: 'Take out of the trash', params: DocumentPath, response: { 200: Document } },
    },
    async (request) => {
      const { documentId } = request.params
      const found = await existing(context, documentId)
      // Asking again is harmless, and costs no place among the documents that one may own.
      if (found.deletedAt === null) return documentOf(found, roleOf(request))
      // Nobody is told: for the other servers there is no such room, and a server that opens one asks the store.
      await quota.within(callerOf(request).identity.principal.id, () =>
        stores.documents.update(documentId, { deletedAt: null }),
      )
      return documentOf(await existing(context, documentId), roleOf(request))
    },
  )

  scope.get(
    '/documents/:documentId/content',
    {
      config: { sheafAccess: 'reader' },
      schema: { tags, summary: 'The content as of now', params: DocumentPath, querystring: ContentQuery },
    },
    async (request, reply) => {
      const { seq, rendered } = await rooms.content(request.params.documentId, request.query.format ?? 'json')
      return sendContent(reply, seq, rendered)
    },
  )
}

/** Whoever made a document owns it. */
async function own({ stores, clock, log }: RouteContext, { id, createdBy }: DocumentRecord): Promise<void> {
  try {
    await stores.permissions.put({
      documentId: id,
      userId: createdBy,
      role: 'owner',
      grantedBy: createdBy,
      createdAt: clock.now(),
    })
  } catch (error) {
    log.warn({ documentId: id }, 'a document was created for nobody, since its permission was not stored')
    throw error
  }
}

type Wanted = (document: DocumentRecord, role: Role) => boolean

const isPresent: Wanted = ({ deletedAt }) => deletedAt === null
const isOwnTrash: Wanted = ({ deletedAt }, role) => deletedAt !== null && role === 'owner'

/** Documents in the trash keep their permissions, and either those or the others are skipped: a page may need more than one read. */
async function listDocuments(
  { stores, authorize }: RouteContext,
  userId: string,
  { wanted, limit, cursor }: { wanted: Wanted; limit: number; cursor: string | undefined },
): Promise<{ items: DocumentBody[]; nextCursor: string | null }> {
  const items: DocumentBody[] = []
  let before = cursor
  for (;;) {
    const permissions = await stores.permissions.listByUser(userId, {
      limit,
      ...(before === undefined ? {} : { before }),
    })
    const documents = new Map(
      (await stores.documents.getMany(permissions.map(({ documentId }) => documentId))).map((document) => [
        document.id,
        document,
      ]),
    )
    for (const { documentId, role } of permissions) {
      before = documentId
      const document = documents.get(documentId)
      if (document === undefined) continue
      const present = authorize === null ? role : await authorize({ id: userId, name: '' }, documentId)
      if (present === null || !wanted(document, present)) continue
      items.push(documentOf(document, present))
      if (items.length === limit) return { items, nextCursor: documentId }
    }
    if (permissions.length < limit) return { items, nextCursor: null }
  }
}

async function existing({ stores }: RouteContext, documentId: string): Promise<DocumentRecord> {
  const document = await stores.documents.get(documentId)
  if (document === null) throw new SheafServerError('not-found')
  return document
}

const documentOf = (document: DocumentRecord, role: Role): DocumentBody => ({
  id: document.id,
  title: document.title,
  role,
  seq: document.seq,
  createdBy: document.createdBy,
  createdAt: new Date(document.createdAt).toISOString(),
  updatedAt: new Date(document.updatedAt).toISOString(),
  deletedAt: document.deletedAt === null ? null : new Date(document.deletedAt).toISOString(),
})
