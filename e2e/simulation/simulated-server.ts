import type { Role } from '@sheaf/protocol'
// The core itself, below everything that a package exports.
import type { Clock } from '../../packages/server-kit/src/clock.ts'
import { createInlineDocumentThread } from '../../packages/server-kit/src/document/document-thread.ts'
import { SheafServerError } from '../../packages/server-kit/src/errors.ts'
import { DEFAULT_LIMITS } from '../../packages/server-kit/src/limits.ts'
import { noLog, noMetrics } from '../../packages/server-kit/src/metrics.ts'
import type { OperationLog, Stores } from '../../packages/server-kit/src/ports.ts'
import { createRooms } from '../../packages/server-kit/src/rooms.ts'
import type { Rooms, SessionAccess } from '../../packages/server-kit/src/rooms.ts'
import type { Chance } from './chance.ts'
import type { HistoryEvent } from './history.ts'
import { markersWritten } from './marker.ts'
import { mortal, wait } from './mortal.ts'
import type { Listener, ServerEnd, ServerPipe } from './network.ts'
import { Life } from './virtual-time.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What outlives a server: the disk, and who may do what. */
export interface ServerWorld {
  readonly time: VirtualTime
  readonly chance: Chance
  readonly stores: Stores
  readonly roles: ReadonlyMap<string, Role>
  readonly note: (event: HistoryEvent) => void
  /** True while stores may fail. */
  readonly faulty: () => boolean
}

/** How often an append fails while stores may fail; half of those that fail have written all the same. */
const APPEND_FAILS = 0.03

/** One process of the real server core, on stores that take time, fail, and outlive it. */
export class SimulatedServer implements Listener {
  readonly life = new Life()
  readonly rooms: Rooms
  readonly #name: string

  constructor(world: ServerWorld, name: string) {
    this.#name = name
    const { time, chance } = world
    const clock: Clock = {
      now: () => time.now(),
      after: (ms, call) => time.afterIn(this.life, ms, call),
    }
    this.rooms = createRooms({
      stores: this.#storesAsSeen(world),
      clock,
      access: accessOf(world),
      thread: createInlineDocumentThread(DEFAULT_LIMITS),
      // Small numbers, so that a short run comes to folding, snapshots, unloading and locks that ran out.
      limits: {
        ...DEFAULT_LIMITS,
        foldEveryOperations: 7,
        snapshotEveryOperations: 15,
        snapshotQuietMs: 1_500,
        roomIdleMs: 4_000,
        lockLeaseMs: chance.pick([300, 10_000]),
      },
      log: noLog,
      metrics: noMetrics,
      serverId: name,
      random: (length) => chance.bytes(length),
    })
  }

  connect(documentId: string, pipe: ServerPipe): ServerEnd {
    return this.rooms.connect(documentId, pipe)
  }

  /** Like `kill -9`: what was not durable is gone, and so is everything in memory. */
  crash(): void {
    this.life.end()
  }

  #storesAsSeen(world: ServerWorld): Stores {
    const { stores, time, chance } = world
    const delays = { time, before: () => chance.between(0, 8), after: () => chance.between(0, 4) }
    const seen = <Store extends object>(store: Store): Store => mortal(store, this.life, delays)
    return {
      ...stores,
      documents: seen(stores.documents),
      operations: seen(this.#faultyLog(world)),
      versions: seen(stores.versions),
      progress: seen(watchedProgress(world)),
      locks: seen(stores.locks),
      cache: seen(stores.cache),
    }
  }

  #faultyLog({ stores, time, chance, note, faulty }: ServerWorld): OperationLog {
    const { operations: log } = stores
    return {
      read: async (...parameters) => log.read(...parameters),
      find: async (...parameters) => log.find(...parameters),
      head: async (...parameters) => log.head(...parameters),
      trim: async (...parameters) => log.trim(...parameters),
      append: async (documentId, operations) => {
        const fails = faulty() && chance.happens(APPEND_FAILS)
        if (fails && chance.happens(0.5)) throw new SheafServerError('unavailable', 'the disk did not answer')
        const result = await log.append(documentId, operations)
        if (result.status === 'appended')
          for (const { seq, replicaId, counter, authorId, update } of operations)
            note({
              kind: 'durable',
              server: this.#name,
              seq,
              replicaId,
              counter,
              authorId,
              markers: markersWritten([update]),
              at: time.now(),
            })
        if (fails) {
          await wait(this.life, time, chance.between(0, 200))
          throw new SheafServerError('unavailable', 'the answer of the disk was lost')
        }
        return result
      },
    }
  }
}

function watchedProgress({ stores, time, note }: ServerWorld): Stores['progress'] {
  const { progress } = stores
  return {
    get: async (documentId) => progress.get(documentId),
    advance: async (position) => {
      await progress.advance(position)
      const stored = await progress.get(position.documentId)
      if (stored !== null) note({ kind: 'processed', seq: stored.seq, at: time.now() })
    },
  }
}

/** A token is the name of a person here. */
function accessOf({ roles }: ServerWorld): SessionAccess {
  return {
    authenticate: async (token) => ({ principal: { id: token, name: token }, expiresAt: null, family: null }),
    authorize: async (principal) => roles.get(principal.id) ?? null,
  }
}
