import { ROLES } from '@sheaf/protocol'
import { Type } from 'typebox'
import type { Static, TProperties, TSchema } from 'typebox'
import { CONTENT_FORMATS } from '../content/content.ts'

/** Unknown fields are refused everywhere: a field that is silently ignored is a field somebody relies on. */
const strict = <Fields extends TProperties>(fields: Fields, description?: string) =>
  Type.Object(fields, { additionalProperties: false, ...(description === undefined ? {} : { description }) })

/** Text of one line: no control characters, NUL among them. */
const LINE = '^[^\\u0000-\\u001f\\u007f]*$'
const line = (minLength: number, maxLength: number) => Type.String({ minLength, maxLength, pattern: LINE })
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const time = Type.String({ description: 'ISO 8601, UTC' })

const id = Type.String({ pattern: '^[A-Za-z0-9._~-]{1,128}$' })
/** A user id may come from somebody else's identity provider. */
const userId = Type.String({ minLength: 1, maxLength: 256, pattern: LINE })
const email = Type.String({ maxLength: 254, pattern: '^[^\\s@\\u0000]+@[^\\s@\\u0000]+\\.[^\\s@\\u0000]+$' })
/** Sixty-four characters are at most the 256 bytes that a frame has for a name. */
const displayName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$',
})
const title = line(0, 200)
const role = Type.Enum([...ROLES])
const format = Type.Enum([...CONTENT_FORMATS])

export const User = strict({
  id: userId,
  email: nullable(email),
  displayName: Type.String(),
  canCreateDocuments: Type.Boolean(),
})
export const Session = strict({
  accessToken: Type.String(),
  expiresIn: Type.Integer({ description: 'seconds' }),
  refreshToken: Type.String(),
  user: User,
})
const newPassword = Type.String({ minLength: 8, maxLength: 256, pattern: '^[^\\u0000]*$' })
/** No least length: what was once accepted as a password must still be compared. */
const password = Type.String({ maxLength: 256, pattern: '^[^\\u0000]*$' })
export const Registration = strict({ email, password: newPassword, displayName })
export const Credentials = strict({ email, password })
export const PasswordChange = strict({ currentPassword: password, newPassword })
export const RefreshToken = strict({ refreshToken: line(1, 256) })

export const Document = strict({
  id,
  title: Type.String(),
  role,
  seq: Type.Integer(),
  createdBy: userId,
  createdAt: time,
  updatedAt: time,
  deletedAt: nullable(Type.String({ description: 'ISO 8601, UTC; since when it is in the trash' })),
})
export const NewDocument = strict({
  title: Type.Optional(title),
  content: Type.Optional(
    Type.Unsafe<unknown>({
      type: 'object',
      description: "ProseMirror's JSON of a document: {type: 'doc', content: []}",
    }),
  ),
})
export const Renamed = strict({ title })
export const DocumentPath = strict({ documentId: id })
export const Page = strict({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  cursor: Type.Optional(line(1, 256)),
})
export const DocumentsPage = strict({
  ...Page.properties,
  trashed: Type.Optional(
    Type.Enum(['true', 'false'], { description: 'true: the documents in the trash that the caller owns' }),
  ),
})
export const ContentQuery = strict({ format: Type.Optional(format) })

export const Permission = strict({
  userId,
  /** Owners see the addresses of all, others their own. */
  email: nullable(Type.String()),
  displayName: Type.String(),
  role,
  createdAt: time,
})
export const PermissionPath = strict({ documentId: id, userId })
export const SharedWith = strict({ email, role })
export const GivenRole = strict({ role })

export const Version = strict({
  id,
  seq: Type.Integer(),
  kind: Type.Enum(['initial', 'auto', 'named', 'restore']),
  name: nullable(Type.String()),
  authors: Type.Array(strict({ id: userId, displayName: Type.String() })),
  createdAt: time,
})
export const VersionPath = strict({ documentId: id, versionId: id })
export const VersionName = strict({ name: line(1, 200) })
export const NewVersionName = strict({ name: nullable(line(1, 200)) })
export const Restored = strict({ seq: Type.Integer() })

export const pageOf = <Item extends TSchema>(item: Item) =>
  strict({ items: Type.Array(item), nextCursor: nullable(Type.String()) })
export const listOf = <Item extends TSchema>(item: Item) => strict({ items: Type.Array(item) })
export const Nothing = Type.Null()

export type SessionBody = Static<typeof Session>
export type DocumentBody = Static<typeof Document>
export type PermissionBody = Static<typeof Permission>
export type VersionBody = Static<typeof Version>

export const DEFAULT_PAGE = 50
