import type { ReplicaId } from '@sheaf/protocol'
import type { Locks, Random } from '../runtime.ts'
import type { DeviceStore, Journal, JournalSummary } from './store.ts'

/** The right to write as one replica: nobody else on this device has it at the same time. */
export interface ReplicaClaim {
  readonly replicaId: ReplicaId
  readonly journal: Journal | null
  /** Who was welcomed last on this device, and is taken for the one who edits until the server says otherwise. */
  readonly user: string | null
  release(): void
}

export interface ReplicaClaims {
  readonly store: DeviceStore
  readonly locks: Locks | null
  readonly random: Random
  /** Tells apart the servers that one origin talks to. */
  readonly scope: string
}

export const newReplicaId = (random: Random): ReplicaId =>
  [...random.bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const lockName = (scope: string, documentId: string, replicaId: ReplicaId): string =>
  `sheaf:${scope}:${documentId}:${replicaId}`

async function claim(claims: ReplicaClaims, documentId: string, replicaId: ReplicaId): Promise<ReplicaClaim | null> {
  const lock = await claims.locks?.tryAcquire(lockName(claims.scope, documentId, replicaId))
  if (lock === null) return null
  // Read under the lock: whoever had it before may have written until a moment ago.
  const journal = await claims.store.read(documentId, replicaId)
  const user = await claims.store.lastPrincipal()
  return { replicaId, journal, user, release: () => lock?.release() }
}

/** Edits of one user are never sent in the name of another. */
function mayAdopt({ principalId }: JournalSummary, user: string | null): boolean {
  return principalId === null || principalId === user
}

/** Takes the first replica whose tab is gone and that has unsent work; null where there is none. */
export async function adoptReplica(
  claims: ReplicaClaims,
  documentId: string,
  tried: ReadonlySet<ReplicaId> = new Set(),
): Promise<ReplicaClaim | null> {
  // Without locks there is no telling whether its tab is gone.
  if (claims.locks === null) return null
  const user = await claims.store.lastPrincipal()
  for (const summary of await claims.store.list(documentId)) {
    if (summary.leftovers === 0 || tried.has(summary.replicaId) || !mayAdopt(summary, user)) continue
    const adopted = await claim(claims, documentId, summary.replicaId)
    if (adopted !== null) return adopted
  }
  return null
}

/** A replica for this tab: an orphan's, which is carried on, or a new one. */
export async function claimReplica(claims: ReplicaClaims, documentId: string): Promise<ReplicaClaim> {
  const adopted = await adoptReplica(claims, documentId)
  if (adopted !== null) return adopted
  const fresh = await claim(claims, documentId, newReplicaId(claims.random))
  if (fresh === null) throw new Error('a random replica id is taken')
  return fresh
}

/** Journals of tabs that are gone and that hold nothing leave the device. */
export async function forgetEmptyReplicas(claims: ReplicaClaims, documentId: string): Promise<void> {
  if (claims.locks === null) return
  for (const { replicaId, leftovers } of await claims.store.list(documentId)) {
    const empty = leftovers === 0 ? await claim(claims, documentId, replicaId) : null
    if (empty === null) continue
    await claims.store.forget(documentId, replicaId)
    empty.release()
  }
}
