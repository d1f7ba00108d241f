import type { ReplicaId, VersionVector } from '@sheaf/protocol'
import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb'
import type { DeviceStore, Journal, JournalChange, JournaledOperation, KnownState } from './store.ts'

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

async function applyChange(
  transaction: JournalTransaction,
  documentId: string,
  replicaId: ReplicaId,
  change: JournalChange,
): Promise<void> {
  const replicas = transaction.objectStore('replicas')
  const replica = (await replicas.get([documentId, replicaId])) ?? { principalId: null, counter: 0 }
  const reach = (counter: number): Promise<unknown> =>
    replicas.put({ ...replica, counter: Math.max(replica.counter, counter) }, [documentId, replicaId])
  switch (change.kind) {
    case 'update':
      await reach(0)
      await transaction.objectStore('updates').put(change.update, [documentId, replicaId, change.key])
      return
    case 'operation': {
      const { counter, ...operation } = change.operation
      await reach(counter)
      await transaction.objectStore('updates').delete(entriesUpTo(documentId, replicaId, change.consumes))
      await transaction.objectStore('operations').put(operation, [documentId, replicaId, counter])
      return
    }
    case 'committed':
      await reach(change.counter)
      await transaction.objectStore('operations').delete(entriesUpTo(documentId, replicaId, change.counter))
      return
    case 'principal':
      await replicas.put({ ...replica, principalId: change.principalId }, [documentId, replicaId])
  }
}

function openDatabase(name: string): Promise<IDBPDatabase<Schema>> {
  return new Promise((resolve, reject) => {
    openDB<Schema>(name, 1, {
      upgrade: (database) => {
        for (const store of [...STORES, 'states', 'facts'] as const) database.createObjectStore(store)
      },
      blocked: () => reject(new Error('another tab keeps an older version of the device store open')),
      // A newer version of this code in another tab must not wait for this one.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    }).then(resolve, reject)
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

  const database = (): Promise<IDBPDatabase<Schema>> => {
    if (closed) return Promise.reject(new Error('the device store is closed'))
    opened ??= openDatabase(name)
    return opened
  }

  const inJournals = async (
    durability: IDBTransactionDurability,
    work: (tx: JournalTransaction) => Promise<unknown>,
  ): Promise<void> => {
    const transaction = (await database()).transaction([...STORES], 'readwrite', { durability })
    try {
      await work(transaction)
      await transaction.done
    } catch (error) {
      // Whatever failed, nothing of it may stay; the transaction has then failed too, and says no more than the error.
      transaction.done.catch(() => undefined)
      if (transaction.error === null) abort(transaction)
      throw error
    }
  }

  return {
    write: (documentId, replicaId, changes) =>
      inJournals(changes.some(({ kind }) => kind === 'operation') ? 'strict' : 'relaxed', async (transaction) => {
        for (const change of changes) await applyChange(transaction, documentId, replicaId, change)
      }),
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
    list: async (documentId) => {
      const transaction = (await database()).transaction([...STORES], 'readonly')
      const keys = await transaction.objectStore('replicas').getAllKeys(everyReplica(documentId))
      return await Promise.all(
        keys.map(async ([, replicaId]) => {
          const range = everyEntry(documentId, replicaId)
          const [replica, updates, operations] = await Promise.all([
            transaction.objectStore('replicas').get([documentId, replicaId]),
            transaction.objectStore('updates').count(range),
            transaction.objectStore('operations').count(range),
          ])
          return { replicaId, principalId: replica?.principalId ?? null, leftovers: updates + operations }
        }),
      )
    },
    forget: (documentId, replicaId) =>
      inJournals('relaxed', async (transaction) => {
        const range = everyEntry(documentId, replicaId)
        await transaction.objectStore('replicas').delete([documentId, replicaId])
        await transaction.objectStore('updates').delete(range)
        await transaction.objectStore('operations').delete(range)
      }),
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
