import type { ReplicaId, VersionVector } from '@sheaf/protocol'
import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb'
import type { DeviceStore, Journal, JournalChange, JournaledOperation, JournalSummary, KnownState } from './store.ts'

type ReplicaKey = [documentId: string, replicaId: ReplicaId]
type EntryKey = [documentId: string, replicaId: ReplicaId, number: number]

interface Schema extends DBSchema {
  replicas: { key: ReplicaKey; value: { principalId: string | null; counter: number } }
  updates: { key: EntryKey; value: Uint8Array }
  operations: {
    key: EntryKey
    value: { baseSeq: number; versionVector: VersionVector; update: Uint8Array; edits: number }
  }
  states: { key: string; value: KnownState }
  facts: { key: string; value: string }
}

const STORES = ['replicas', 'updates', 'operations'] as const
type JournalTransaction = IDBPTransaction<Schema, [...typeof STORES], 'readwrite'>
const LAST_PRINCIPAL = 'lastPrincipal'

// An array sorts after every number and string: [documentId, []] is behind every key that starts with documentId.
const everyReplica = (documentId: string): IDBKeyRange => IDBKeyRange.bound([documentId], [documentId, []])
const entriesUpTo = (documentId: string, replicaId: ReplicaId, last: number): IDBKeyRange =>
  IDBKeyRange.bound([documentId, replicaId], [documentId, replicaId, last])
const everyEntry = (documentId: string, replicaId: ReplicaId): IDBKeyRange =>
  IDBKeyRange.bound([documentId, replicaId], [documentId, replicaId, []])

interface Replica {
  readonly principalId: string | null
  readonly counter: number
}

const NEW_REPLICA: Replica = { principalId: null, counter: 0 }

/** Asks for a change, without waiting for anything. Returns what the replica is from then on. */
function applyChange(
  transaction: JournalTransaction,
  [documentId, replicaId]: ReplicaKey,
  replica: Replica,
  change: JournalChange,
  requests: Promise<unknown>[],
): Replica {
  const updates = transaction.objectStore('updates')
  const operations = transaction.objectStore('operations')
  const reached = (counter: number): Replica => ({ ...replica, counter: Math.max(replica.counter, counter) })
  switch (change.kind) {
    case 'reset':
      requests.push(updates.delete(everyEntry(documentId, replicaId)))
      requests.push(operations.delete(everyEntry(documentId, replicaId)))
      return NEW_REPLICA
    case 'update':
      requests.push(updates.put(change.update, [documentId, replicaId, change.key]))
      return replica
    case 'operation': {
      const { counter, ...operation } = change.operation
      // One by one: where the second cannot even be asked for, the first still has to be waited for.
      requests.push(updates.delete(entriesUpTo(documentId, replicaId, change.consumes)))
      requests.push(operations.put(operation, [documentId, replicaId, counter]))
      return reached(counter)
    }
    case 'committed':
      requests.push(operations.delete(entriesUpTo(documentId, replicaId, change.counter)))
      return reached(change.counter)
    case 'principal':
      return { ...replica, principalId: change.principalId }
  }
}

/** While somebody else deletes the database, that is waited for. */
function openDatabase(name: string, onLost: () => void): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(name, 1, {
    upgrade: (database) => {
      for (const store of [...STORES, 'states', 'facts'] as const) database.createObjectStore(store)
    },
    // Neither a newer version of this code in another tab nor a person who clears the data must wait for this page.
    blocking: (_current, _blocked, event) => {
      const database = event.target as IDBDatabase
      database.close()
      onLost()
    },
    terminated: onLost,
  })
}

/** True where this runtime has IndexedDB at all; it may still refuse to work. */
export const hasIndexedDb = (): boolean => typeof indexedDB !== 'undefined'

/**
 * A device store in IndexedDB, shared by all tabs of the origin. Each name is a store of its own.
 * Operations are on the disk before they are sent (durability `strict`), single edits as soon as the browser gets to it.
 */
export function indexedDbDeviceStore(name: string): DeviceStore {
  let opened: Promise<IDBPDatabase<Schema>> | null = null
  let closed = false
  const lostListeners = new Set<() => void>()

  const lose = (): void => {
    opened = null
    replicas.clear()
    for (const listener of lostListeners) listener()
  }

  const database = (): Promise<IDBPDatabase<Schema>> => {
    if (closed) return Promise.reject(new Error('the device store is closed'))
    opened ??= openDatabase(name, lose).catch((error: unknown) => {
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
    work: (transaction: JournalTransaction, requests: Promise<unknown>[]) => void,
  ): Promise<void> => {
    const transaction = (await database()).transaction([...STORES], 'readwrite', { durability })
    const requests: Promise<unknown>[] = [transaction.done]
    try {
      work(transaction, requests)
      transaction.commit()
    } catch (error) {
      // Whatever failed, nothing of it may stay; the transaction has then failed too, and says no more than the error.
      abort(transaction)
      await Promise.allSettled(requests)
      throw error
    }
    await Promise.all(requests)
  }

  const replicaOf = async (key: ReplicaKey): Promise<Replica> =>
    (await (await database()).get('replicas', key)) ?? NEW_REPLICA

  const summaries = async (range: IDBKeyRange | null): Promise<JournalSummary[]> => {
    const transaction = (await database()).transaction([...STORES], 'readonly')
    const keys = await transaction.objectStore('replicas').getAllKeys(range)
    return await Promise.all(
      keys.map(async ([documentId, replicaId]) => {
        const entries = everyEntry(documentId, replicaId)
        const [replica, updates, operations] = await Promise.all([
          transaction.objectStore('replicas').get([documentId, replicaId]),
          transaction.objectStore('updates').count(entries),
          transaction.objectStore('operations').count(entries),
        ])
        return { documentId, replicaId, principalId: replica?.principalId ?? null, leftovers: updates + operations }
      }),
    )
  }

  const write = async (key: ReplicaKey, before: Replica, changes: readonly JournalChange[]): Promise<void> => {
    const strict = changes.some(({ kind }) => kind === 'operation')
    try {
      await inJournals(strict ? 'strict' : 'relaxed', (transaction, requests) => {
        const after = changes.reduce((now, change) => applyChange(transaction, key, now, change, requests), before)
        requests.push(transaction.objectStore('replicas').put(after, key))
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
      const transaction = (await database()).transaction([...STORES], 'readonly')
      const range = everyEntry(documentId, replicaId)
      const [replica, updates, updateKeys, operations, counters] = await Promise.all([
        transaction.objectStore('replicas').get([documentId, replicaId]),
        transaction.objectStore('updates').getAll(range),
        transaction.objectStore('updates').getAllKeys(range),
        transaction.objectStore('operations').getAll(range),
        transaction.objectStore('operations').getAllKeys(range),
      ])
      // A write that waits must not be overtaken by one that comes later and need not wait.
      if (unread.size === 0) replicas.set(nameOf([documentId, replicaId]), replica ?? NEW_REPLICA)
      if (replica === undefined) return null
      return {
        ...replica,
        updates: updates.map((update, index) => ({ key: updateKeys[index]?.[2] ?? 0, update })),
        operations: operations.map((operation, index): JournaledOperation => ({
          ...operation,
          counter: counters[index]?.[2] ?? 0,
        })),
      }
    },
    list: async (documentId) => await summaries(everyReplica(documentId)),
    listAll: async () => await summaries(null),
    forget: (documentId, replicaId) => {
      replicas.delete(nameOf([documentId, replicaId]))
      return inJournals('relaxed', (transaction, requests) => {
        const range = everyEntry(documentId, replicaId)
        requests.push(
          transaction.objectStore('replicas').delete([documentId, replicaId]),
          transaction.objectStore('updates').delete(range),
          transaction.objectStore('operations').delete(range),
        )
      })
    },
    readState: async (documentId) => (await (await database()).get('states', documentId)) ?? null,
    writeState: async (documentId, state) => {
      const transaction = (await database()).transaction('states', 'readwrite')
      const known = await transaction.store.get(documentId)
      if ((known?.lastSeq ?? -1) <= state.lastSeq) await transaction.store.put(state, documentId)
      await transaction.done
    },
    forgetState: async (documentId) => (await database()).delete('states', documentId),
    lastPrincipal: async () => (await (await database()).get('facts', LAST_PRINCIPAL)) ?? null,
    rememberPrincipal: async (principalId) => {
      await (await database()).put('facts', principalId, LAST_PRINCIPAL)
    },
    forgetUser: async (principalId) => {
      const transaction = (await database()).transaction([...STORES, 'states', 'facts'], 'readwrite')
      const journals = transaction.objectStore('replicas')
      for (const key of await journals.getAllKeys()) {
        const owner = (await journals.get(key))?.principalId ?? null
        if (owner !== null && owner !== principalId) continue
        const entries = everyEntry(...key)
        replicas.delete(nameOf(key))
        await Promise.all([
          journals.delete(key),
          transaction.objectStore('updates').delete(entries),
          transaction.objectStore('operations').delete(entries),
        ])
      }
      await transaction.objectStore('states').clear()
      await transaction.objectStore('facts').delete(LAST_PRINCIPAL)
      await transaction.done
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

function abort(transaction: JournalTransaction): void {
  try {
    transaction.abort()
  } catch {
    // It is over already, by the very error that brought us here.
    return
  }
}
