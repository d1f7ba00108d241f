import type { ReplicaId } from '@sheaf/protocol'
import type {
  DeviceStore,
  Journal,
  JournalChange,
  JournaledOperation,
  JournaledUpdate,
  JournalSummary,
  KnownState,
} from './store.ts'

interface MutableJournal {
  principalId: string | null
  counter: number
  updates: JournaledUpdate[]
  operations: JournaledOperation[]
}

const emptyJournal = (): MutableJournal => ({ principalId: null, counter: 0, updates: [], operations: [] })

function apply(journal: MutableJournal, change: JournalChange): void {
  switch (change.kind) {
    case 'reset':
      Object.assign(journal, emptyJournal())
      return
    case 'update':
      journal.updates.push({ key: change.key, update: change.update })
      return
    case 'operation':
      journal.updates = journal.updates.filter(({ key }) => key > change.consumes)
      journal.operations.push(change.operation)
      journal.counter = Math.max(journal.counter, change.operation.counter)
      return
    case 'committed':
      journal.operations = journal.operations.filter(({ counter }) => counter > change.counter)
      journal.counter = Math.max(journal.counter, change.counter)
      return
    case 'principal':
      journal.principalId = change.principalId
  }
}

const summariesOf = (
  documentId: string,
  journals: ReadonlyMap<ReplicaId, MutableJournal> = new Map(),
): JournalSummary[] =>
  [...journals].map(([replicaId, { principalId, updates, operations }]) => ({
    documentId,
    replicaId,
    principalId,
    leftovers: updates.length + operations.length,
  }))

/** A device store that lives as long as the process. Clients that share one object share the device. */
export function memoryDeviceStore(): DeviceStore {
  const documents = new Map<string, Map<ReplicaId, MutableJournal>>()
  const states = new Map<string, KnownState>()
  let principal: string | null = null
  let closed = false

  const run = <T>(work: () => T): Promise<T> =>
    closed ? Promise.reject(new Error('the device store is closed')) : Promise.resolve(work())

  const journalOf = (documentId: string, replicaId: ReplicaId): MutableJournal => {
    const journals = documents.get(documentId) ?? new Map<ReplicaId, MutableJournal>()
    documents.set(documentId, journals)
    const journal = journals.get(replicaId) ?? emptyJournal()
    journals.set(replicaId, journal)
    return journal
  }

  return {
    write: (documentId, replicaId, changes) =>
      run(() => {
        const journal = journalOf(documentId, replicaId)
        for (const change of changes) apply(journal, change)
      }),
    read: (documentId, replicaId) =>
      run((): Journal | null => {
        const journal = documents.get(documentId)?.get(replicaId)
        return journal === undefined
          ? null
          : { ...journal, updates: [...journal.updates], operations: [...journal.operations] }
      }),
    list: (documentId) => run(() => summariesOf(documentId, documents.get(documentId))),
    listAll: () => run(() => [...documents].flatMap(([documentId, journals]) => summariesOf(documentId, journals))),
    forget: (documentId, replicaId) => run(() => void documents.get(documentId)?.delete(replicaId)),
    readState: (documentId) => run(() => states.get(documentId) ?? null),
    writeState: (documentId, state) =>
      run(() => {
        if ((states.get(documentId)?.lastSeq ?? -1) <= state.lastSeq) states.set(documentId, state)
      }),
    forgetState: (documentId) => run(() => void states.delete(documentId)),
    lastPrincipal: () => run(() => principal),
    rememberPrincipal: (principalId) =>
      run(() => {
        principal = principalId
      }),
    forgetUser: (principalId) =>
      run(() => {
        for (const journals of documents.values())
          for (const [replicaId, journal] of journals)
            if (journal.principalId === null || journal.principalId === principalId) journals.delete(replicaId)
        states.clear()
        principal = null
      }),
    close: () => {
      closed = true
      return Promise.resolve()
    },
  }
}
