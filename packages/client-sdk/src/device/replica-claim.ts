import type { ReplicaId } from '@sheaf/protocol'
import { editsIn } from '../outbox.ts'
import type { Locks, Random } from '../runtime.ts'
import type { JournalStore } from './journal.ts'
import type { DeviceStore, Journal, JournalSummary } from './store.ts'

/** The right to write as one replica: nobody else on this device has it at the same time. */
export interface ReplicaClaim {
  readonly replicaId: ReplicaId
  readonly journal: Journal | null
  /** Who was welcomed last on this device, and is taken for the one who edits until the server says otherwise. */
  readonly user: string | null
  /** Where its journal is written. */
  readonly store: JournalStore
  /** Why the device does not keep the journal; null where it does. */
  readonly problem: { readonly cause: unknown } | null
  /** True where `journal` is nowhere but in this page. */
  readonly isStranded: boolean
  release(): void
}

/** What the documents of one client know together about the replicas of this device. */
export interface ReplicaClaims {
  readonly store: DeviceStore
  readonly locks: Locks | null
  readonly random: Random
  /** Tells apart the servers that one origin talks to. */
  readonly scope: string
  /** Replicas whose edits were made in this page, or that it has told people of. */
  readonly told: Set<ReplicaId>
  /** By document: what was closed while the device kept nothing. It lives as long as the page. */
  readonly stranded: Map<string, readonly ReplicaClaim[]>
}

export const newReplicaId = (random: Random): ReplicaId =>
  [...random.bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

interface Lock {
  release(): void
}

/** Null where somebody else has it. Where tabs cannot exclude one another, everybody gets it. */
export async function lockReplica(
  claims: ReplicaClaims,
  documentId: string,
  replicaId: ReplicaId,
): Promise<Lock | null> {
  const { locks, scope } = claims
  if (locks === null) return { release: () => undefined }
  return await locks.tryAcquire(`sheaf:${scope}:${documentId}:${replicaId}`)
}

async function claim(claims: ReplicaClaims, documentId: string, replicaId: ReplicaId): Promise<ReplicaClaim | null> {
  const lock = await lockReplica(claims, documentId, replicaId)
  if (lock === null) return null
  const release = (): void => lock.release()
  const { store } = claims
  try {
    // Read under the lock: whoever had it before may have written until a moment ago.
    const journal = await store.read(documentId, replicaId)
    const user = await store.lastPrincipal()
    return { replicaId, journal, user, store, problem: null, isStranded: false, release }
  } catch (error) {
    release()
    throw error
  }
}

/** A replica for a device that fails. Its journal is written as soon as the device works, if it could at least be locked. */
export function claimOnFailure(
  { store }: ReplicaClaims,
  replicaId: ReplicaId,
  lock: Lock | null,
  cause: unknown,
): ReplicaClaim {
  const nowhere: JournalStore = { write: () => Promise.reject(cause), forget: () => Promise.resolve() }
  const release = (): void => lock?.release()
  return {
    replicaId,
    journal: null,
    user: null,
    store: lock === null ? nowhere : store,
    problem: { cause },
    isStranded: false,
    release,
  }
}

/** Edits of one user are never sent in the name of another. */
function mayAdopt({ principalId }: JournalSummary, user: string | null): boolean {
  return principalId === null || principalId === user
}

function takeStranded(
  { stranded }: ReplicaClaims,
  documentId: string,
  tried: ReadonlySet<ReplicaId>,
): ReplicaClaim | null {
  const all = stranded.get(documentId) ?? []
  const taken = all.find(({ replicaId }) => !tried.has(replicaId))
  if (taken === undefined) return null
  stranded.set(
    documentId,
    all.filter((one) => one !== taken),
  )
  return taken
}

/** Lets somebody else have the replica: any tab if its journal is on the device, otherwise the next `open` in this page. */
export function giveBack({ stranded }: ReplicaClaims, documentId: string, claim: ReplicaClaim): void {
  if (!claim.isStranded) claim.release()
  else stranded.set(documentId, [...(stranded.get(documentId) ?? []), claim])
}

/** Takes the first replica whose tab is gone and that has unsent work; null where there is none. */
export async function adoptReplica(
  claims: ReplicaClaims,
  documentId: string,
  tried: ReadonlySet<ReplicaId> = new Set(),
): Promise<ReplicaClaim | null> {
  const left = takeStranded(claims, documentId, tried)
  if (left !== null) return left
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

/** How many edits of an earlier visit it holds that this page has not told of. They are told of from now on. */
export function tellOf({ told }: ReplicaClaims, { replicaId, journal }: ReplicaClaim): number {
  if (told.has(replicaId)) return 0
  told.add(replicaId)
  return journal === null ? 0 : editsIn(journal)
}

/** Documents in which this user left something that was not sent. */
export async function documentsWithLeftovers({ store, locks, stranded }: ReplicaClaims): Promise<ReadonlySet<string>> {
  const left = [...stranded].filter(([, claims]) => claims.length > 0).map(([documentId]) => documentId)
  if (locks === null) return new Set(left)
  const user = await store.lastPrincipal()
  const journals = (await store.listAll()).filter(
    ({ principalId, leftovers }) => leftovers > 0 && principalId !== null && principalId === user,
  )
  return new Set([...left, ...journals.map(({ documentId }) => documentId)])
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
