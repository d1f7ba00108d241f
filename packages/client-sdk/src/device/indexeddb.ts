import type { ReplicaId } from '@sheaf/protocol'
import { answerOf, endOf, openDatabase } from './database.ts'
import type { DeviceStore, Journal, JournalChange, JournaledOperation, JournalSummary, KnownState } from './store.ts'

type ReplicaKey = [documentId: string, replicaId: ReplicaId]

/** By replica: what is known of it. By replica and key or counter: edits and operations. By document: states. */
const JOURNAL_STORES = ['replicas', 'updates', 'operations']
const STORES = [...JOURNAL_STORES, 'states', 'facts']
const LAST_PRINCIPAL = 'lastPrincipal'

// An array sorts after every number and string: [documentId, []] is behind every key that starts with documentId.
const everyReplica = (documentId: string): IDBKeyRange => IDBKeyRange.bound([documentId], [documentId, []])
const entriesUpTo = (key: ReplicaKey, last: number): IDBKeyRange => IDBKeyRange.bound(key, [...key, last])
const everyEntry = (key: ReplicaKey): IDBKeyRange => IDBKeyRange.bound(key, [...key, []])

interface Replica {
  readonly principalId: string | null
  readonly counter: number
}

const NEW_REPLICA: Replica = { principalId: null, counter: 0 }

/** Asks for a change, without waiting for anything. Returns what the replica is from then on. */
function applyChange(transaction: IDBTransaction, key: ReplicaKey, replica: Replica, change: JournalChange): Replica {
  const updates = transaction.objectStore('updates')
  const operations = transaction.objectStore('operations')
  const reached = (counter: number): Replica => ({ ...replica, counter: Math.max(replica.counter, counter) })
  switch (change.kind) {
    case 'reset':
      updates.delete(everyEntry(key))
      operations.delete(everyEntry(key))
      return NEW_REPLICA
    case 'update':
      updates.put(change.update, [...key, change.key])
      return replica
    case 'operation': {
      const { counter, ...operation } = change.operation
      updates.delete(entriesUpTo(key, change.consumes))
      operations.put(operation, [...key, counter])
      return reached(counter)
    }
    case 'committed':
      operations.delete(entriesUpTo(key, change.counter))
      return reached(change.counter)
    case 'principal':
      return { ...replica, principalId: change.principalId }
  }
}

/** True where this runtime has IndexedDB at all; it may still refuse to work. */
export const hasIndexedDb = (): boolean => typeof indexedDB !== 'undefined'

/**
 * A device store in IndexedDB, shared by all tabs of the origin. Each name is a store of its own.
 * Operations are on the disk before they are sent (durability `strict`), single edits as soon as the browser gets to it.
 */
export function indexedDbDeviceStore(name: string): DeviceStore {
  let opened: Promise<IDBDatabase> | null = null
  let closed = false
  const lostListeners = new Set<() => void>()

  const lose = (): void => {
    opened = null
    replicas.clear()
    for (const listener of lostListeners) listener()
  }

  const database = (): Promise<IDBDatabase> => {
    if (closed) return Promise.reject(new Error('the device store is closed'))
    opened ??= openDatabase(indexedDB, name, STORES, lose).catch((error: unknown) => {
      // What stood in the way may be gone at the next call.
      opened = null
      throw error
    })
    return opened
  }

  /**
   * The replicas that this page has read or written. Only who holds a replica's lock writes to it, and reads it before:
   * so nothing has to be read again in a write.
   */
  const replicas = new Map<string, Replica>()
  /** First writes that nobody has read for, and that wait for what is stored. */
  const unread = new Set<object>()
  const nameOf = (key: ReplicaKey): string => JSON.stringify(key)

  /**
   * One transaction on the journals. `work` asks for everything without waiting, and the transaction is ended by hand: all of
   * it is with the browser before the task is over in which somebody typed. A page that is closed after it has kept it.
   */
  const inJournals = async (
    durability: IDBTransactionDurability,
    work: (transaction: IDBTransaction) => void,
  ): Promise<void> => {
    const transaction = (await database()).transaction(JOURNAL_STORES, 'readwrite', { durability })
    const ended = endOf(transaction)
    try {
      work(transaction)
      transaction.commit()
    } catch (error) {
      // Whatever failed, nothing of it may stay; the transaction has then failed too, and says no more than the error.
      abort(transaction)
      await ended.catch(() => undefined)
      throw error
    }
    await ended
  }

  /** One request outside of the journals. */
  const ask = async <Answer>(
    store: string,
    mode: IDBTransactionMode,
    request: (store: IDBObjectStore) => IDBRequest<Answer>,
  ): Promise<Answer> => {
    const transaction = (await database()).transaction(store, mode)
    const ended = endOf(transaction)
    const [answer] = await Promise.all([answerOf(request(transaction.objectStore(store))), ended])
    return answer
  }

  const replicaOf = async (key: ReplicaKey): Promise<Replica> => {
    const known: Replica | undefined = await ask('replicas', 'readonly', (store) => store.get(key))
    return known ?? NEW_REPLICA
  }

  const summaries = async (range: IDBKeyRange | null): Promise<JournalSummary[]> => {
    const transaction = (await database()).transaction(JOURNAL_STORES)
    const journals = transaction.objectStore('replicas')
    const updates = transaction.objectStore('updates')
    const operations = transaction.objectStore('operations')
    const keys = (await answerOf(journals.getAllKeys(range))) as ReplicaKey[]
    return await Promise.all(
      keys.map(async (key) => {
        const [documentId, replicaId] = key
        const [replica, edits, minted] = await Promise.all([
          answerOf<Replica | undefined>(journals.get(key)),
          answerOf(updates.count(everyEntry(key))),
          answerOf(operations.count(everyEntry(key))),
        ])
        return { documentId, replicaId, principalId: replica?.principalId ?? null, leftovers: edits + minted }
      }),
    )
  }

  const write = async (key: ReplicaKey, before: Replica, changes: readonly JournalChange[]): Promise<void> => {
    const strict = changes.some(({ kind }) => kind === 'operation')
    try {
      await inJournals(strict ? 'strict' : 'relaxed', (transaction) => {
        const after = changes.reduce((now, change) => applyChange(transaction, key, now, change), before)
        transaction.objectStore('replicas').put(after, key)
        replicas.set(nameOf(key), after)
      })
    } catch (error) {
      replicas.delete(nameOf(key))
      throw error
    }
  }

  return {
    write: async (documentId, replicaId, changes) => {
      const key: ReplicaKey = [documentId, replicaId]
      const known = replicas.get(nameOf(key))
      if (known !== undefined) return write(key, known, changes)
      unread.add(changes)
      try {
        const stored = await replicaOf(key)
        await write(key, replicas.get(nameOf(key)) ?? stored, changes)
      } finally {
        unread.delete(changes)
      }
    },
    read: async (documentId, replicaId): Promise<Journal | null> => {
      const key: ReplicaKey = [documentId, replicaId]
      const transaction = (await database()).transaction(JOURNAL_STORES)
      const updates = transaction.objectStore('updates')
      const operations = transaction.objectStore('operations')
      const range = everyEntry(key)
      const [replica, edits, keys, minted, counters] = await Promise.all([
        answerOf<Replica | undefined>(transaction.objectStore('replicas').get(key)),
        answerOf<Uint8Array[]>(updates.getAll(range)),
        answerOf(updates.getAllKeys(range)),
        answerOf<Omit<JournaledOperation, 'counter'>[]>(operations.getAll(range)),
        answerOf(operations.getAllKeys(range)),
      ])
      // A write that waits must not be overtaken by one that comes later and need not wait.
      if (unread.size === 0) replicas.set(nameOf(key), replica ?? NEW_REPLICA)
      if (replica === undefined) return null
      return {
        ...replica,
        updates: edits.map((update, index) => ({ key: numberIn(keys[index]), update })),
        operations: minted.map((operation, index) => ({ ...operation, counter: numberIn(counters[index]) })),
      }
    },
    list: async (documentId) => await summaries(everyReplica(documentId)),
    listAll: async () => await summaries(null),
    forget: (documentId, replicaId) => {
      const key: ReplicaKey = [documentId, replicaId]
      replicas.delete(nameOf(key))
      return inJournals('relaxed', (transaction) => removeJournal(transaction, key))
    },
    readState: async (documentId) => {
      const state: KnownState | undefined = await ask('states', 'readonly', (store) => store.get(documentId))
      return state ?? null
    },
    writeState: async (documentId, state) => {
      const transaction = (await database()).transaction('states', 'readwrite')
      const ended = endOf(transaction)
      const store = transaction.objectStore('states')
      const written = answerOf<KnownState | undefined>(store.get(documentId)).then((known) => {
        if ((known?.lastSeq ?? -1) <= state.lastSeq) store.put(state, documentId)
      })
      await Promise.all([written, ended])
    },
    forgetState: async (documentId) => ask('states', 'readwrite', (store) => store.delete(documentId)),
    lastPrincipal: async () => {
      const principalId: string | undefined = await ask('facts', 'readonly', (store) => store.get(LAST_PRINCIPAL))
      return principalId ?? null
    },
    rememberPrincipal: async (principalId) => {
      await ask('facts', 'readwrite', (store) => store.put(principalId, LAST_PRINCIPAL))
    },
    forgetUser: async (principalId) => {
      const transaction = (await database()).transaction(STORES, 'readwrite')
      const ended = endOf(transaction)
      const journals = transaction.objectStore('replicas')
      transaction.objectStore('states').clear()
      transaction.objectStore('facts').delete(LAST_PRINCIPAL)
      const removal = answerOf(journals.getAllKeys()).then((keys) =>
        Promise.all(
          (keys as ReplicaKey[]).map(async (key) => {
            const owner = (await answerOf<Replica | undefined>(journals.get(key)))?.principalId ?? null
            if (owner !== null && owner !== principalId) return
            replicas.delete(nameOf(key))
            removeJournal(transaction, key)
          }),
        ),
      )
      await Promise.all([removal, ended])
    },
    onLost: (listener) => {
      lostListeners.add(listener)
      return () => void lostListeners.delete(listener)
    },
    close: async () => {
      if (closed) return
      closed = true
      // A database that never opened needs no closing.
      const database = await opened?.catch(() => null)
      database?.close()
    },
  }
}

/** The key of an edit or the counter of an operation. */
const numberIn = (key: IDBValidKey | undefined): number => (Array.isArray(key) ? Number(key[2]) : 0)

function removeJournal(transaction: IDBTransaction, key: ReplicaKey): void {
  transaction.objectStore('replicas').delete(key)
  transaction.objectStore('updates').delete(everyEntry(key))
  transaction.objectStore('operations').delete(everyEntry(key))
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort()
  } catch {
    // It is over already, by the very error that brought us here.
    return
  }
}
