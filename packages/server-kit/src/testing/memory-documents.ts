import { SheafServerError } from '../errors.ts'
import type { AppendResult, DocumentStore, OperationLog, ProgressStore, VersionRecord, VersionStore } from '../ports.ts'
import type { StoredOperation } from '@sheaf/protocol'
import type { Durable, MemoryProcess } from './memory-process.ts'
import { pageById } from './memory-page.ts'

export const memoryDocuments = (durable: Durable, process: MemoryProcess): DocumentStore => ({
  create: (document) =>
    process.write('documents.create', () => {
      if (durable.documents.has(document.id)) throw new SheafServerError('conflict')
      durable.documents.set(document.id, document)
    }),
  get: (id) => process.read(() => durable.documents.get(id) ?? null),
  getMany: (ids) => process.read(() => ids.flatMap((id) => durable.documents.get(id) ?? [])),
  list: ({ limit, after }) => process.read(() => pageById(durable.documents, limit, after)),
  listUnpublished: (limit) =>
    process.read(() =>
      [...durable.documents.values()]
        .filter(({ seq, publishedSeq }) => publishedSeq < seq)
        .sort((a, b) => a.updatedAt - b.updatedAt)
        .slice(0, limit)
        .map(({ id }) => id),
    ),
  update: (id, change) =>
    process.write('documents.update', () => {
      const document = durable.documents.get(id)
      if (document === undefined) return false
      durable.documents.set(id, { ...document, ...change })
      return true
    }),
  advance: (id, { seq, versionVector, publishedSeq, updatedAt }) =>
    process.write('documents.advance', () => {
      const document = durable.documents.get(id)
      if (document === undefined) return
      const position = seq > document.seq ? { seq, versionVector, updatedAt } : {}
      const published = Math.max(document.publishedSeq, publishedSeq ?? 0)
      durable.documents.set(id, { ...document, ...position, publishedSeq: published })
    }),
})

export function memoryOperations(durable: Durable, process: MemoryProcess): OperationLog {
  const log = (documentId: string): StoredOperation[] => durable.operations.get(documentId) ?? []

  const append = (documentId: string, batch: readonly StoredOperation[]): AppendResult => {
    const stored = log(documentId)
    const taken = (operation: StoredOperation, others: readonly StoredOperation[]): boolean =>
      others.some(
        ({ seq, replicaId, counter }) =>
          seq === operation.seq || (replicaId === operation.replicaId && counter === operation.counter),
      )
    if (batch.some((operation, index) => taken(operation, stored) || taken(operation, batch.slice(0, index))))
      return { status: 'conflict' }
    // Bytes are kept as copies: a store does not see what callers do with theirs.
    const copies = batch.map((operation) => ({ ...operation, update: operation.update.slice() }))
    durable.operations.set(
      documentId,
      [...stored, ...copies].sort((a, b) => a.seq - b.seq),
    )
    return { status: 'appended' }
  }

  return {
    append: async (documentId, operations) => {
      if (process.takeFault('fail')) throw new SheafServerError('unavailable')
      const result = await process.write('operations.append', () => append(documentId, operations))
      if (process.takeFault('lose-answer')) throw new SheafServerError('unavailable')
      return result
    },
    read: (documentId, after, limit) =>
      process.read(() => {
        const begin = Math.max(after, durable.trimmed.get(documentId) ?? 0)
        const found = log(documentId)
          .filter(({ seq }) => seq > begin)
          .slice(0, limit)
        if (found.some(({ seq }, index) => seq !== begin + 1 + index))
          throw new SheafServerError('document-damaged', 'The log has a hole.')
        return found
      }),
    find: (documentId, replicaId, counter) =>
      process.read(() => log(documentId).find((o) => o.replicaId === replicaId && o.counter === counter) ?? null),
    head: (documentId) => process.read(() => log(documentId).at(-1)?.seq ?? durable.trimmed.get(documentId) ?? 0),
    trim: (documentId, through) =>
      process.write('operations.trim', () => {
        const kept = log(documentId).filter(({ seq }) => seq > through)
        const removed = log(documentId).filter(({ seq }) => seq <= through)
        durable.operations.set(documentId, kept)
        const trimmed = Math.min(through, (kept[0]?.seq ?? removed.at(-1)?.seq ?? 0) - (kept.length > 0 ? 1 : 0))
        if (trimmed > (durable.trimmed.get(documentId) ?? 0)) durable.trimmed.set(documentId, trimmed)
        return removed.length
      }),
  }
}

export function memoryVersions(durable: Durable, process: MemoryProcess): VersionStore {
  const versionsOf = (documentId: string): VersionRecord[] =>
    [...durable.versions.values()]
      .map(({ record }) => record)
      .filter((record) => record.documentId === documentId)
      .sort((a, b) => b.seq - a.seq || b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))

  return {
    put: (version, snapshot) =>
      process.write('versions.put', () => {
        durable.versions.set(version.id, { record: version, snapshot: snapshot.slice() })
      }),
    get: (documentId, versionId) =>
      process.read(() => {
        const record = durable.versions.get(versionId)?.record
        return record?.documentId === documentId ? record : null
      }),
    getSnapshot: (documentId, versionId) =>
      process.read(() => {
        const version = durable.versions.get(versionId)
        if (version === undefined || version.record.documentId !== documentId) return null
        if (version.snapshot === null) throw new SheafServerError('store-damaged', 'A snapshot is missing.')
        return version.snapshot
      }),
    list: (documentId, { limit, before }) =>
      process.read(() => {
        const all = versionsOf(documentId)
        const start = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1
        return before !== undefined && start === 0 ? [] : all.slice(start, start + limit)
      }),
    latest: (documentId) => process.read(() => versionsOf(documentId)[0] ?? null),
    rename: (documentId, versionId, name) =>
      process.write('versions.rename', () => {
        const version = durable.versions.get(versionId)
        if (version === undefined || version.record.documentId !== documentId) return false
        durable.versions.set(versionId, { ...version, record: { ...version.record, name } })
        return true
      }),
    remove: (documentId, versionId) =>
      process.write('versions.remove', () => {
        if (durable.versions.get(versionId)?.record.documentId === documentId) durable.versions.delete(versionId)
      }),
  }
}

export const memoryProgress = (durable: Durable, process: MemoryProcess): ProgressStore => ({
  get: (documentId) => process.read(() => durable.progress.get(documentId) ?? null),
  advance: (progress) =>
    process.write('progress.advance', () => {
      if (progress.seq > (durable.progress.get(progress.documentId)?.seq ?? 0))
        durable.progress.set(progress.documentId, progress)
    }),
})
