import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Static, TProperties, TSchema } from 'typebox'
import type { VersionVector } from '@sheaf/protocol'
import { SheafServerError } from '../errors.ts'

/**
 * The file that `sheaf export` writes: one JSON object in each line. First what it is, then the users, then each document
 * with its permissions, operations, versions and progress behind it, and last the counts and a checksum of all that.
 * What is in a document's lines stands in the order in which it has to be written.
 */
export const EXPORT_FORMAT = 1

/** A snapshot is cut into lines of so many bytes, so that no line is long. */
export const SNAPSHOT_PIECE = 384 * 1024
/** No export writes a line that is longer, in bytes. An operation is an update of a few megabytes at most. */
export const MAX_LINE = 64 * 1024 * 1024

const Id = Type.String({ minLength: 1 })
const Count = Type.Integer({ minimum: 0 })
const Time = Type.Number()
const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])
const Vector = Type.Unsafe<VersionVector>(Type.Array(Type.Tuple([Count, Count])))
const Base64 = Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$' })
const line = <Kind extends string, Fields extends TProperties>(kind: Kind, fields: Fields) =>
  Type.Object({ kind: Type.Literal(kind), ...fields })

const Header = line('sheaf-export', {
  format: Count,
  /** Version of the program that wrote it. */
  version: Type.String(),
  /** What identifies the installation; null where it does not say. */
  storeId: Nullable(Type.String()),
  createdAt: Time,
})

const User = line('user', {
  user: Type.Object({
    id: Id,
    email: Type.String(),
    passwordHash: Type.String(),
    displayName: Type.String(),
    canCreateDocuments: Type.Boolean(),
    createdAt: Time,
    disabledAt: Nullable(Time),
  }),
})

const Document = line('document', {
  document: Type.Object({
    id: Id,
    title: Type.String(),
    schemaId: Type.String(),
    seq: Count,
    versionVector: Vector,
    publishedSeq: Count,
    createdBy: Type.String(),
    createdAt: Time,
    updatedAt: Time,
    deletedAt: Nullable(Time),
  }),
})

const Permission = line('permission', {
  permission: Type.Object({
    documentId: Id,
    userId: Id,
    role: Type.Enum(['owner', 'editor', 'commenter', 'viewer']),
    grantedBy: Type.String(),
    createdAt: Time,
  }),
})

const Operation = line('operation', {
  operation: Type.Object({
    seq: Count,
    replicaId: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    counter: Count,
    baseSeq: Count,
    authorId: Type.String(),
    createdAt: Time,
    versionVector: Vector,
    update: Base64,
  }),
})

const Version = line('version', {
  version: Type.Object({
    id: Id,
    documentId: Id,
    seq: Count,
    versionVector: Vector,
    kind: Type.Enum(['initial', 'auto', 'named', 'restore']),
    name: Nullable(Type.String()),
    authorIds: Type.Unsafe<readonly string[]>(Type.Array(Type.String())),
    createdAt: Time,
  }),
  /** Bytes of its snapshot, which follows in pieces. */
  bytes: Count,
})

const Snapshot = line('snapshot', { piece: Base64 })

const ProgressLine = line('progress', {
  progress: Type.Object({
    documentId: Id,
    seq: Count,
    versionVector: Vector,
    replicaId: Type.String(),
    counter: Count,
    updatedAt: Time,
  }),
})

/** The document whose lines came before it could not be read to its end: nothing of it counts. */
const LeftOut = line('left-out', { documentId: Id, reason: Type.String() })

const Counts = Type.Object({
  users: Count,
  documents: Count,
  permissions: Count,
  operations: Count,
  versions: Count,
})

const End = line('end', {
  lines: Count,
  counts: Counts,
  /** SHA-256 of every byte before this line, in hexadecimal digits. */
  checksum: Type.String(),
})

const Line = Type.Union([Header, User, Document, Permission, Operation, Version, Snapshot, ProgressLine, LeftOut, End])

export type ExportLine = Static<typeof Line>
export type ExportCounts = Static<typeof Counts>
export type Line<Kind extends ExportLine['kind']> = Extract<ExportLine, { kind: Kind }>

const checked = Compile(Line)

/** @throws {SheafServerError} `store-damaged` where the text is no line of an export. */
export function parseLine(text: string): ExportLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SheafServerError('store-damaged', 'it is not JSON', { cause: error })
  }
  if (!checked.Check(value)) throw new SheafServerError('store-damaged', 'it is not what an export holds')
  return value
}
