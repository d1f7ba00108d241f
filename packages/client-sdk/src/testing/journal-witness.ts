import type { DeviceStore, JournalChange } from '../device/store.ts'
import type { BrokenPromise } from './broken-promise.ts'
import { changeOf } from './change.ts'
import type { Change, Content } from './change.ts'
import { ClockRanges } from './clock-ranges.ts'

interface Deposit {
  /** Null where nobody saw which journal it went to. */
  readonly replicaId: string | null
  readonly change: Change
}

const updateIn = (change: JournalChange): readonly Uint8Array[] => {
  if (change.kind === 'update') return [change.update]
  return change.kind === 'operation' ? [change.operation.update] : []
}

/** Sees what a device says that it has stored, and looks afterwards whether it is in the document or still on the device. */
export class JournalWitness {
  readonly #store: DeviceStore
  readonly #owner: string
  readonly #deposits = new Map<string, Deposit[]>()

  /** @param owner whose device it is, for people who read of a broken promise */
  constructor(store: DeviceStore, owner: string) {
    this.#store = store
    this.#owner = owner
  }

  /** The store, as a tab uses it. Calls of a tab that is gone never answer. */
  seenBy(isGone: () => boolean): DeviceStore {
    const never = (): Promise<never> => new Promise(() => undefined)
    const witnessed: DeviceStore = {
      ...this.#store,
      write: async (documentId, replicaId, changes) => {
        await this.#store.write(documentId, replicaId, changes)
        const stored = changes.flatMap(updateIn).map((update) => ({ replicaId, change: changeOf(update) }))
        this.#deposits.set(documentId, [...(this.#deposits.get(documentId) ?? []), ...stored])
      },
      forget: async (documentId, replicaId) => {
        // What is in it now is given up on purpose. What it should hold and does not is none the less lost.
        const held = await this.#held(documentId, replicaId)
        await this.#store.forget(documentId, replicaId)
        const left = (this.#deposits.get(documentId) ?? []).filter(
          ({ replicaId: owner, change }) =>
            (owner !== null && owner !== replicaId) || change.inserted.within(held).size === 0,
        )
        this.#deposits.set(documentId, left)
      },
      forgetUser: async (principalId) => {
        await this.#store.forgetUser(principalId)
        this.#deposits.clear()
      },
    }
    return new Proxy(witnessed, { get: (target, name) => (isGone() ? never : Reflect.get(target, name)) })
  }

  /** Something that must be on this device by now, unless it is in the document. */
  expect(documentId: string, change: Change): void {
    this.#deposits.set(documentId, [...(this.#deposits.get(documentId) ?? []), { replicaId: null, change }])
  }

  /** How many updates and operations wait on the device for a server. */
  async leftovers(): Promise<number> {
    return (await this.#store.listAll()).reduce((sum, { leftovers }) => sum + leftovers, 0)
  }

  async judge(documentId: string, there: Content): Promise<readonly BrokenPromise[]> {
    const kept = new ClockRanges()
    for (const { replicaId } of await this.#store.list(documentId)) kept.addAll(await this.#held(documentId, replicaId))
    return (this.#deposits.get(documentId) ?? []).flatMap(({ change }): BrokenPromise[] => {
      const missing = change.inserted.without(there.inserted).without(kept).size
      if (missing === 0) return []
      const what = `${JSON.stringify(change.text)} was on the device of ${this.#owner}; ${missing} of its parts are gone`
      return [{ kind: 'journaled and lost', what }]
    })
  }

  /** What a journal holds at this moment. */
  async #held(documentId: string, replicaId: string): Promise<ClockRanges> {
    const held = new ClockRanges()
    const journal = await this.#store.read(documentId, replicaId)
    for (const { update } of [...(journal?.updates ?? []), ...(journal?.operations ?? [])])
      held.addAll(changeOf(update).inserted)
    return held
  }
}
