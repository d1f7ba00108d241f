import { randomBytes, randomUUID } from 'node:crypto'
import type { StoredOperation } from '@sheaf/protocol'
import type { DocumentRecord, Stores, VersionRecord } from '../ports.ts'

/** Stores that a case runs against. */
export interface StoresUnderTest {
  /** Opened on nothing, or holding what other cases left: no case relies on being alone. */
  readonly stores: Stores
  /** Closes the stores and opens them again on what they stored; null for stores that keep nothing. */
  readonly reopen: (() => Promise<Stores>) | null
}

/** One promise of a port. Cases use node:assert only, so that any test runner can run them. */
export interface ContractCase {
  /** A sentence that begins with the number of its rule in SPEC.md. */
  readonly name: string
  run(subject: StoresUnderTest): Promise<void>
}

/** An id that no other case uses. */
export const anId = (): string => randomUUID()

export const aReplicaId = (): string => randomBytes(16).toString('hex')

export function anOperation(change: Partial<StoredOperation> = {}): StoredOperation {
  const seq = change.seq ?? 1
  return {
    seq,
    replicaId: aReplicaId(),
    counter: 1,
    baseSeq: seq - 1,
    authorId: 'author',
    createdAt: 1_700_000_000_000,
    versionVector: [[7, seq]],
    update: Uint8Array.from(randomBytes(20)),
    ...change,
  }
}

/** Operations from `from` to `to`, of one replica. */
export function operations(from: number, to: number, replicaId: string = aReplicaId()): StoredOperation[] {
  return Array.from({ length: to - from + 1 }, (_, index) =>
    anOperation({ seq: from + index, counter: from + index, replicaId }),
  )
}

export function aDocument(change: Partial<DocumentRecord> = {}): DocumentRecord {
  return {
    id: anId(),
    title: 'Minutes',
    schemaId: '',
    seq: 0,
    versionVector: [],
    publishedSeq: 0,
    createdBy: 'author',
    createdAt: 1_000,
    updatedAt: 1_000,
    deletedAt: null,
    ...change,
  }
}

export function aVersion(change: Partial<VersionRecord> = {}): VersionRecord {
  return {
    id: anId(),
    documentId: anId(),
    seq: 1,
    versionVector: [[7, 1]],
    kind: 'auto',
    name: null,
    authorIds: ['author'],
    createdAt: 1_000,
    ...change,
  }
}

/** All ids that a store lists, page by page. */
export async function walk<T extends { readonly id: string }>(
  list: (page: { limit: number; after?: string }) => Promise<T[]>,
  limit: number,
): Promise<T[]> {
  const seen: T[] = []
  for (;;) {
    const after = seen.at(-1)?.id
    const page = await list({ limit, ...(after === undefined ? {} : { after }) })
    if (page.length === 0) return seen
    seen.push(...page)
  }
}

/** The same call many times at once. */
export const atOnce = <T>(times: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: times }, (_, index) => call(index)))

/** An operation as plain data: byte fields of stores may be Buffers or views. */
export const plain = (operation: StoredOperation): StoredOperation => ({
  ...operation,
  update: Uint8Array.from(operation.update),
})
