import type { StoredOperation } from '@sheaf/protocol'
import * as Y from 'yjs'
import type { Content } from '../content/content.ts'
import type { DocumentThread } from '../document/document-thread.ts'
import { SheafServerError } from '../errors.ts'
import type { Identifiers } from '../identifiers.ts'
import { Ledger } from '../ledger/ledger.ts'
import type { DocumentRecord, Stores, VersionRecord } from '../ports.ts'
import { encodeSnapshot } from '../document/snapshot.ts'

/** What a document starts with. */
export interface NewDocument {
  readonly id: string
  readonly title: string
  readonly schemaId: string
  /** JSON from outside, or nothing for an empty document. */
  readonly content: unknown
  readonly createdBy: string
}

interface Surroundings {
  readonly stores: Pick<Stores, 'documents' | 'operations' | 'versions'>
  readonly thread: DocumentThread
  readonly ids: Identifiers
  readonly now: number
}

/**
 * Makes a document durable: its content as the first operation, its initial version, and at last the record by which it
 * is found. A crash on the way leaves bytes that nobody finds, never a document without its content.
 */
export async function seedDocument(document: NewDocument, around: Surroundings): Promise<DocumentRecord> {
  const { stores, now, ids } = around
  const { id, title, schemaId, createdBy } = document
  const first = isNothing(document.content) ? null : await firstOperation(document, around)
  const record: DocumentRecord = {
    id,
    title,
    schemaId,
    seq: first === null ? 0 : 1,
    versionVector: first?.operation.versionVector ?? [],
    publishedSeq: 0,
    createdBy,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  }
  const version: VersionRecord = {
    id: ids.next(),
    documentId: id,
    seq: record.seq,
    versionVector: record.versionVector,
    kind: 'initial',
    name: null,
    authorIds: [createdBy],
    createdAt: now,
  }
  if (first !== null) {
    const { status } = await stores.operations.append(id, [first.operation])
    if (status === 'conflict') throw new SheafServerError('conflict')
  }
  await stores.versions.put(version, first?.snapshot ?? EMPTY_SNAPSHOT)
  await stores.documents.create(record)
  return record
}

async function firstOperation(
  { content, createdBy }: NewDocument,
  { thread, ids, now }: Surroundings,
): Promise<{ readonly operation: StoredOperation; readonly snapshot: Uint8Array }> {
  const replicaId = ids.next()
  const { update, versionVector, snapshot } = await thread.seed(content, { replicaId, clientId: ids.clientId() })
  const operation = {
    seq: 1,
    replicaId,
    counter: 1,
    baseSeq: 0,
    authorId: createdBy,
    createdAt: now,
    versionVector,
    update,
  }
  return { operation, snapshot }
}

/** A document without a single node needs no operation. */
const isNothing = (content: unknown): boolean => content === undefined || content === null || isEmptyDocument(content)

function isEmptyDocument(content: unknown): boolean {
  const { type, content: nodes } = Object(content) as Partial<Content>
  return type === 'doc' && (nodes === undefined || (Array.isArray(nodes) && nodes.length === 0))
}

/** The state of a Yjs document in which nothing was ever written, in V2 format. */
const EMPTY_UPDATE = Y.encodeStateAsUpdateV2(new Y.Doc())

const EMPTY_SNAPSHOT = encodeSnapshot({
  seq: 0,
  ledger: Ledger.empty().encode(),
  state: { encoding: 'plain', update: EMPTY_UPDATE },
})
