import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { CONTENT_ROOT, decodeOperations, inspectUpdate } from '@sheaf/protocol'
import type { StatePart, StoredOperation, VersionVector } from '@sheaf/protocol'
import { LRUCache } from 'lru-cache'
import * as Y from 'yjs'
import { readContent } from '../content/check.ts'
import type { BlockChange, ContentFormat, Rendered } from '../content/content.ts'
import { differenceOf, turnInto } from '../content/difference.ts'
import { contentOf, typesOf } from '../content/fragment.ts'
import { htmlOf } from '../content/html.ts'
import { markdownOf } from '../content/markdown.ts'
import { mergeUpdate } from '../content/merge.ts'
import { SheafServerError } from '../errors.ts'
import { judgeStored, passOver } from '../ledger/judgement.ts'
import { Ledger } from '../ledger/ledger.ts'
import type { Limits } from '../limits.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts'

/** A document made from content: its first operation and its first snapshot. */
export interface Seeded {
  readonly update: Uint8Array
  readonly versionVector: VersionVector
  /** Envelope with seq 1. */
  readonly snapshot: Uint8Array
}

export type FoldResult =
  | {
      readonly status: 'folded'
      readonly versionVector: VersionVector
      /** Seqs of operations that were left out since they cannot be applied. */
      readonly quarantined: readonly number[]
    }
  /** The document is not open here at the seq that was asked for: fold again, with a base. */
  | { readonly status: 'needs-base' }

export type SnapshotResult =
  | { readonly status: 'made'; readonly snapshot: Uint8Array; readonly versionVector: VersionVector }
  | { readonly status: 'needs-base' }
  /** What was made is not equal to the document it was made from. */
  | { readonly status: 'refused'; readonly reason: string }

/** Everything that needs the content of a document: from bytes to bytes. */
export interface DocumentWork {
  /** Rejects with `bad-content` where the JSON is no document. */
  seed(content: unknown, by: { readonly replicaId: string; readonly clientId: number }): Promise<Seeded>
  /**
   * Applies operations (see encodeOperations) to the document that is kept open at seq `after`,
   * or to the snapshot `base`, whose seq is then `after`; null stands for the empty document.
   */
  fold(documentId: string, after: number, operations: Uint8Array, base?: Uint8Array | null): Promise<FoldResult>
  /** A verified snapshot of the document that is kept open at `seq`. */
  snapshot(documentId: string, seq: number): Promise<SnapshotResult>
  render(state: readonly StatePart[], format: ContentFormat): Promise<Rendered>
  /** The update, by this Yjs client, that turns the content of `state` into the content of `target`; null: it is equal. */
  restore(state: readonly StatePart[], target: readonly StatePart[], clientId: number): Promise<Uint8Array | null>
  compare(from: readonly StatePart[], to: readonly StatePart[]): Promise<readonly BlockChange[]>
  /** Lets go of what is kept open. */
  forget(documentId: string): Promise<void>
}

/** A document that is kept open. */
interface OpenDocument {
  readonly ydoc: Y.Doc
  readonly ledger: Ledger
  seq: number
  /** Size of its encoded state, estimated between snapshots. */
  bytes: number
}

export type WorkLimits = Pick<Limits, 'update' | 'maxDepth' | 'threadBytes'>

/** Below this size compressing costs more than it spares. */
const DEFLATE_FROM = 256

/** Does the work where it is called: in the worker thread, or right here in a simulation. */
export function createDocumentWork(limits: WorkLimits): DocumentWork {
  const open = new LRUCache<string, OpenDocument>({
    maxSize: limits.threadBytes,
    sizeCalculation: ({ bytes }) => Math.min(Math.max(1, bytes), limits.threadBytes),
    dispose: ({ ydoc }, _documentId, reason) => {
      if (reason !== 'set') ydoc.destroy()
    },
  })
  /** Seqs of operations that Yjs could not apply though they were judged sound. */
  const poison = new Map<string, Set<number>>()

  const keepOpen = (documentId: string, document: OpenDocument): void => {
    open.set(documentId, document)
  }

  return {
    seed: async (content, by) => seed(content, by, limits),

    fold: async (documentId, after, packed, base) => {
      const document = base === undefined ? open.get(documentId) : openDocument(base)
      if (document === undefined || document.seq !== after) return { status: 'needs-base' }
      const skipped = poison.get(documentId) ?? new Set()
      const quarantined: number[] = []
      for (const operation of decodeOperations(packed)) {
        const outcome = apply(document, operation, limits, skipped)
        if (outcome === 'left-out') quarantined.push(operation.seq)
        if (outcome === 'broke') {
          // It may have changed half of the document: begin again from what is stored, without it.
          poison.set(documentId, skipped.add(operation.seq))
          open.delete(documentId)
          return { status: 'needs-base' }
        }
      }
      keepOpen(documentId, document)
      return { status: 'folded', versionVector: document.ledger.versionVector(), quarantined }
    },

    snapshot: async (documentId, seq) => {
      const document = open.get(documentId)
      if (document === undefined || document.seq !== seq) return { status: 'needs-base' }
      const result = snapshotOf(document)
      if (result.status === 'refused') open.delete(documentId)
      else keepOpen(documentId, document)
      return result
    },

    render: async (state, format) => render(documentOf(state), format),

    restore: async (state, target, clientId) => {
      const ydoc = documentOf(state)
      const { content } = contentOf(documentOf(target).getXmlFragment(CONTENT_ROOT))
      ydoc.clientID = clientId
      let update: Uint8Array | null = null
      ydoc.on('updateV2', (bytes: Uint8Array) => {
        update = bytes
      })
      ydoc.transact(() => turnInto(ydoc.getXmlFragment(CONTENT_ROOT), content))
      return update
    },

    compare: async (from, to) =>
      differenceOf(
        contentOf(documentOf(from).getXmlFragment(CONTENT_ROOT)),
        contentOf(documentOf(to).getXmlFragment(CONTENT_ROOT)),
      ),

    forget: async (documentId) => {
      open.delete(documentId)
    },
  }
}

function openDocument(base: Uint8Array | null): OpenDocument {
  const ydoc = new Y.Doc()
  if (base === null) return { ydoc, ledger: Ledger.empty(), seq: 0, bytes: 0 }
  const { seq, ledger, state } = decodeSnapshot(base)
  const update = updateOf(state)
  mergeUpdate(ydoc, update)
  return { ydoc, ledger: Ledger.decode(ledger), seq, bytes: update.length }
}

function apply(
  document: OpenDocument,
  operation: StoredOperation,
  limits: WorkLimits,
  skipped: ReadonlySet<number>,
): 'applied' | 'left-out' | 'broke' {
  const { ydoc, ledger } = document
  document.seq = operation.seq
  if (skipped.has(operation.seq)) {
    passOver(ledger, operation)
    return 'left-out'
  }
  if (judgeStored(ledger, operation, limits).status === 'unsound') return 'left-out'
  try {
    mergeUpdate(ydoc, operation.update)
  } catch {
    // The caller raises the alarm, with the seq: what Yjs says may hold content.
    return 'broke'
  }
  document.bytes += operation.update.length
  return hasPending(ydoc) ? 'broke' : 'applied'
}

/** True where Yjs waits for something: a document that is a fold of sound operations never does. */
const hasPending = ({ store }: Y.Doc): boolean => store.pendingStructs !== null || store.pendingDs !== null

function snapshotOf(document: OpenDocument): SnapshotResult {
  const { ydoc, ledger, seq } = document
  const update = Y.encodeStateAsUpdateV2(ydoc)
  document.bytes = update.length
  const versionVector = ledger.versionVector()
  const fresh = new Y.Doc()
  try {
    mergeUpdate(fresh, update)
    const reason = differenceBetween(ydoc, fresh, versionVector)
    if (reason !== null) return { status: 'refused', reason }
  } catch {
    return { status: 'refused', reason: 'it does not load' }
  } finally {
    fresh.destroy()
  }
  const state = partOf(update)
  return { status: 'made', snapshot: encodeSnapshot({ seq, ledger: ledger.encode(), state }), versionVector }
}

/** Why a document that was loaded fresh is not the one that it was made from; null where it is. */
function differenceBetween(ydoc: Y.Doc, fresh: Y.Doc, vector: VersionVector): string | null {
  if (hasPending(fresh)) return 'something in it waits for what is missing'
  if (!Y.equalSnapshots(Y.snapshot(ydoc), Y.snapshot(fresh))) return 'its vector or its deletions differ'
  const clocks = Y.decodeStateVector(Y.encodeStateVector(fresh))
  if (clocks.size !== vector.length || vector.some(([client, clock]) => clocks.get(client) !== clock))
    return 'its ledger has another vector'
  const [live, loaded] = [ydoc, fresh].map((doc) => JSON.stringify(contentOf(doc.getXmlFragment(CONTENT_ROOT))))
  return live === loaded ? null : 'its content differs'
}

function seed(content: unknown, by: { replicaId: string; clientId: number }, limits: WorkLimits): Seeded {
  const ydoc = new Y.Doc()
  ydoc.clientID = by.clientId
  const { content: nodes } = readContent(content)
  ydoc.transact(() => ydoc.getXmlFragment(CONTENT_ROOT).insert(0, typesOf(nodes)))
  const update = Y.encodeStateAsUpdateV2(ydoc)
  const inspection = inspectUpdate(update, limits.update)
  if (inspection.status === 'refused') throw new SheafServerError('bad-content', inspection.message)
  const { versionVector } = inspection.facts
  const ledger = Ledger.empty()
  const operation = { seq: 1, replicaId: by.replicaId, counter: 1, baseSeq: 0, versionVector, update }
  const verdict = ledger.judge(operation, inspection.facts, limits)
  if (verdict.status !== 'new') throw new SheafServerError('bad-content', 'The content nests too deeply.')
  ledger.fold(operation, inspection.facts)
  const snapshot = encodeSnapshot({ seq: 1, ledger: ledger.encode(), state: partOf(update) })
  return { update, versionVector, snapshot }
}

function render(ydoc: Y.Doc, format: ContentFormat): Rendered {
  if (format === 'update') return { format, update: Y.encodeStateAsUpdateV2(ydoc) }
  const content = contentOf(ydoc.getXmlFragment(CONTENT_ROOT))
  if (format === 'json') return { format, content }
  return format === 'html' ? { format, text: htmlOf(content) } : { format, text: markdownOf(content) }
}

function documentOf(parts: readonly StatePart[]): Y.Doc {
  const ydoc = new Y.Doc()
  for (const part of parts) mergeUpdate(ydoc, updateOf(part))
  return ydoc
}

const updateOf = ({ encoding, update }: StatePart): Uint8Array =>
  encoding === 'deflate' ? inflateRawSync(update) : update

function partOf(update: Uint8Array): StatePart {
  if (update.length < DEFLATE_FROM) return { encoding: 'plain', update }
  const deflated = deflateRawSync(update)
  return deflated.length < update.length ? { encoding: 'deflate', update: deflated } : { encoding: 'plain', update }
}
