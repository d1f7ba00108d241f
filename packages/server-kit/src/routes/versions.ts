import type { VersionRecord } from '../ports.ts'
import { callerOf } from './caller.ts'
import { sendContent } from './content-reply.ts'
import {
  ContentQuery,
  DEFAULT_PAGE,
  DocumentPath,
  NewVersionName,
  Page,
  Restored,
  Version,
  VersionName,
  VersionPath,
  pageOf,
} from './schemas.ts'
import type { VersionBody } from './schemas.ts'
import type { RouteContext, Scope } from './scope.ts'

const tags = ['versions']

/** `/v1/documents/:documentId/versions` */
export function versionRoutes(scope: Scope, { stores, rooms }: RouteContext): void {
  const { versions } = rooms

  /** Versions with the names of their authors, which are looked up once for all of them. */
  const withAuthors = async (records: readonly VersionRecord[]): Promise<VersionBody[]> => {
    const ids = new Set(records.flatMap(({ authorIds }) => authorIds))
    const users = new Map((await stores.users.getMany([...ids])).map((user) => [user.id, user.displayName]))
    return records.map(({ id, seq, kind, name, authorIds, createdAt }) => ({
      id,
      seq,
      kind,
      name,
      authors: authorIds.map((authorId) => ({ id: authorId, displayName: users.get(authorId) ?? authorId })),
      createdAt: new Date(createdAt).toISOString(),
    }))
  }
  const withAuthor = async (record: VersionRecord): Promise<VersionBody> => {
    const [version] = await withAuthors([record])
    if (version === undefined) throw new Error('one version became none')
    return version
  }

  scope.get(
    '/documents/:documentId/versions',
    {
      config: { sheafAccess: 'reader' },
      schema: {
        tags,
        summary: 'Versions, newest first',
        params: DocumentPath,
        querystring: Page,
        response: { 200: pageOf(Version) },
      },
    },
    async (request) => {
      const { limit = DEFAULT_PAGE, cursor } = request.query
      const page = await versions.list(request.params.documentId, {
        limit,
        ...(cursor === undefined ? {} : { before: cursor }),
      })
      return { items: await withAuthors(page.items), nextCursor: page.nextCursor }
    },
  )

  scope.post(
    '/documents/:documentId/versions',
    {
      config: { sheafAccess: 'editor' },
      schema: {
        tags,
        summary: 'Keep the document as it is now under a name',
        params: DocumentPath,
        body: VersionName,
        response: { 201: Version },
      },
    },
    async (request, reply) => {
      const { principal } = callerOf(request).identity
      const version = await versions.create(request.params.documentId, request.body.name, principal)
      return reply.code(201).send(await withAuthor(version))
    },
  )

  scope.get(
    '/documents/:documentId/versions/:versionId',
    {
      config: { sheafAccess: 'reader' },
      schema: {
        tags,
        summary: 'One version; with a format, its content',
        params: VersionPath,
        querystring: ContentQuery,
      },
    },
    async (request, reply) => {
      const { documentId, versionId } = request.params
      const version = await versions.get(documentId, versionId)
      const { format } = request.query
      if (format === undefined) return reply.send(await withAuthor(version))
      return sendContent(reply, version.seq, await versions.open(documentId, versionId, format))
    },
  )

  scope.patch(
    '/documents/:documentId/versions/:versionId',
    {
      config: { sheafAccess: 'editor' },
      schema: {
        tags,
        summary: 'Name a version',
        params: VersionPath,
        body: NewVersionName,
        response: { 200: Version },
      },
    },
    async (request) => {
      const { documentId, versionId } = request.params
      return withAuthor(await versions.rename(documentId, versionId, request.body.name))
    },
  )

  scope.post(
    '/documents/:documentId/versions/:versionId/restore',
    {
      config: { sheafAccess: 'editor' },
      schema: {
        tags,
        summary: 'Turn the content back into what it was, as a new change',
        params: VersionPath,
        response: { 200: Restored },
      },
    },
    async (request) => {
      const { documentId, versionId } = request.params
      return versions.restore(documentId, versionId, callerOf(request).identity.principal)
    },
  )
}
