import assert from 'node:assert/strict'
import { anId, atOnce, operations, plain } from './contract.ts'
import type { ContractCase } from './contract.ts'
import type { ControlMessage, FanOut, FanOutMessage } from '../ports.ts'

/** What every ProgressStore promises. */
export const progressStoreContract: readonly ContractCase[] = [
  {
    name: 'ST-31 progress never falls, in whatever order the calls arrive, and survives opening again',
    async run({ stores, reopen }) {
      const documentId = anId()
      const at = (seq: number) => ({
        documentId,
        seq,
        versionVector: [[1, seq]] as [number, number][],
        replicaId: 'a'.repeat(32),
        counter: seq,
        updatedAt: 1_000 + seq,
      })
      assert.equal(await stores.progress.get(documentId), null)
      await atOnce(20, (index) => stores.progress.advance(at(20 - index)))
      assert.deepEqual(await stores.progress.get(documentId), at(20))
      await stores.progress.advance(at(4))
      const { progress } = reopen === null ? stores : await reopen()
      assert.deepEqual(await progress.get(documentId), at(20))
    },
  },
]

/** What every LockStore promises. */
export const lockStoreContract: readonly ContractCase[] = [
  {
    name: 'ST-41 of fifty servers that ask at once exactly one is granted the lock',
    async run({ stores: { locks } }) {
      const documentId = anId()
      const results = await atOnce(50, (index) => locks.acquire(documentId, `server-${index}`, 1_000, 0))
      const granted = results.filter((result) => result.status === 'granted')
      assert.equal(granted.length, 1)
      const owner = `server-${results.findIndex((result) => result.status === 'granted')}`
      for (const result of results) if (result.status === 'held') assert.equal(result.owner, owner)
    },
  },
  {
    name: "ST-42 the holder's own call renews the lock under the same fence",
    async run({ stores: { locks } }) {
      const documentId = anId()
      const first = await locks.acquire(documentId, 'a', 1_000, 0)
      const renewed = await locks.acquire(documentId, 'a', 1_000, 600)
      assert.ok(first.status === 'granted' && renewed.status === 'granted')
      assert.equal(renewed.fence, first.fence)
      assert.equal(renewed.expiresAt, 1_600)
      assert.equal((await locks.acquire(documentId, 'b', 1_000, 1_500)).status, 'held')
    },
  },
  {
    name: 'ST-43 an expired lock is taken over under a higher fence, by one of fifty',
    async run({ stores: { locks } }) {
      const documentId = anId()
      const dead = await locks.acquire(documentId, 'dead', 1_000, 0)
      const results = await atOnce(50, (index) => locks.acquire(documentId, `server-${index}`, 1_000, 1_001))
      const granted = results.filter((result) => result.status === 'granted')
      assert.equal(granted.length, 1)
      assert.ok(dead.status === 'granted' && granted[0]?.status === 'granted')
      assert.ok(granted[0].fence > dead.fence)
    },
  },
  {
    name: 'ST-44 a released lock is free; a release under an old fence or of somebody else does nothing',
    async run({ stores: { locks } }) {
      const documentId = anId()
      const old = await locks.acquire(documentId, 'a', 1_000, 0)
      const held = await locks.acquire(documentId, 'b', 1_000, 2_000)
      assert.ok(old.status === 'granted' && held.status === 'granted')
      await locks.release(documentId, 'a', old.fence)
      await locks.release(documentId, 'a', held.fence)
      assert.equal((await locks.acquire(documentId, 'c', 1_000, 2_100)).status, 'held')
      await locks.release(documentId, 'b', held.fence)
      const next = await locks.acquire(documentId, 'c', 1_000, 2_100)
      assert.ok(next.status === 'granted' && next.fence > held.fence)
    },
  },
  {
    name: 'ST-45 fences go on growing after the store was opened again',
    async run({ stores, reopen }) {
      const documentId = anId()
      const before = await stores.locks.acquire(documentId, 'a', 1_000, 0)
      if (reopen === null) return
      const after = await (await reopen()).locks.acquire(documentId, 'b', 1_000, 5_000)
      assert.ok(before.status === 'granted' && after.status === 'granted')
      assert.ok(after.fence > before.fence)
    },
  },
]

/** What every SnapshotCache promises: little, since it may forget. */
export const snapshotCacheContract: readonly ContractCase[] = [
  {
    name: 'ST-51 the cache gives back what it was given, or nothing, and never an older seq for a newer one',
    async run({ stores: { cache } }) {
      const documentId = anId()
      assert.equal(await cache.get(documentId), null)
      await cache.put(documentId, { seq: 7, snapshot: Uint8Array.of(7) })
      await cache.put(documentId, { seq: 5, snapshot: Uint8Array.of(5) })
      const cached = await cache.get(documentId)
      if (cached !== null) assert.deepEqual([cached.seq, ...cached.snapshot], [7, 7])
      await cache.putVersion(documentId, 'v', Uint8Array.of(1))
      const version = await cache.getVersion(documentId, 'v')
      if (version !== null) assert.deepEqual([...version], [1])
    },
  },
  {
    name: 'ST-52 what is forgotten is gone',
    async run({ stores: { cache } }) {
      const documentId = anId()
      await cache.put(documentId, { seq: 7, snapshot: Uint8Array.of(7) })
      await cache.putVersion(documentId, 'v', Uint8Array.of(1))
      await cache.forget(documentId)
      assert.equal(await cache.get(documentId), null)
      assert.equal(await cache.getVersion(documentId, 'v'), null)
    },
  },
]

/** What every FanOut promises within one server. */
export const fanOutContract: readonly ContractCase[] = [
  {
    name: 'ST-61 an announcement reaches every listener of the announcing server until it unsubscribes',
    async run({ stores: { fanOut } }) {
      const documentId = anId()
      const heard: string[] = []
      const listen = (name: string): (() => void) =>
        fanOut.onAnnouncement((message) => {
          if (message.kind === 'document-deleted' && message.documentId === documentId) heard.push(name)
        })
      const stopFirst = listen('first')
      const stopSecond = listen('second')
      const message: ControlMessage = { kind: 'document-deleted', documentId }
      await fanOut.announce(message)
      await until(() => heard.length === 2)
      stopFirst()
      await fanOut.announce(message)
      await until(() => heard.length === 3)
      stopSecond()
      assert.deepEqual(heard, ['first', 'second', 'second'])
    },
  },
  {
    name: 'ST-62 what a server publishes is not delivered to itself',
    async run({ stores: { fanOut } }) {
      const documentId = anId()
      let heard = 0
      const unsubscribe = await fanOut.subscribe(documentId, () => heard++)
      fanOut.publish(documentId, { kind: 'room', bytes: Uint8Array.of(1) })
      await new Promise((resolve) => setImmediate(resolve))
      unsubscribe()
      assert.equal(heard, 0)
    },
  },
  {
    name: 'ST-63 a server that is not cut off says so, and a reconnection is heard of until nobody listens any more',
    async run({ stores: { fanOut } }) {
      assert.ok(['alone', 'connected'].includes(fanOut.reach()))
      const stop = fanOut.onReconnected(() => undefined)
      stop()
    },
  },
]

/** A promise that two servers over the same stores keep. */
export interface TwoServersCase {
  /** A sentence that begins with the number of its rule in SPEC.md. */
  readonly name: string
  run(servers: { readonly one: FanOut; readonly other: FanOut }): Promise<void>
}

/** What a FanOut promises that reaches other servers. */
export const fanOutBetweenServersContract: readonly TwoServersCase[] = [
  {
    name: 'ST-64 what is published reaches whoever subscribed on another server, in order and unaltered, and nobody else',
    async run({ one, other }) {
      const documentId = anId()
      const heard: FanOutMessage[] = []
      let strange = 0
      const stop = await other.subscribe(documentId, (message) => heard.push(message))
      const stopStrange = await other.subscribe(anId(), () => strange++)
      const stopOwn = await one.subscribe(documentId, () => strange++)
      const sent: FanOutMessage[] = Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0
          ? { kind: 'operations', operations: operations(index + 1, index + 2) }
          : { kind: 'room', bytes: Uint8Array.of(index) },
      )
      for (const message of sent) one.publish(documentId, message)
      await until(() => heard.length === sent.length)
      assert.deepEqual(heard.map(plainMessage), sent)
      stop()
      one.publish(documentId, { kind: 'room', bytes: Uint8Array.of(1) })
      await Promise.all([one.announce({ kind: 'document-reset', documentId }), heardBy(other, documentId)])
      for (const end of [stopStrange, stopOwn]) end()
      assert.equal(heard.length, sent.length)
      assert.equal(strange, 0)
    },
  },
  {
    name: 'ST-65 an announcement reaches every server, the announcing one too, and both say that they are connected',
    async run({ one, other }) {
      const documentId = anId()
      const both = Promise.all([heardBy(one, documentId), heardBy(other, documentId)])
      await one.announce({ kind: 'document-reset', documentId })
      await both
      assert.deepEqual([one.reach(), other.reach()], ['connected', 'connected'])
    },
  },
]

/** Resolves when the server hears the announcement of this document. */
async function heardBy(fanOut: FanOut, documentId: string): Promise<void> {
  let isHeard = false
  const stop = fanOut.onAnnouncement((message) => {
    if (message.kind === 'document-reset' && message.documentId === documentId) isHeard = true
  })
  await until(() => isHeard)
  stop()
}

const plainMessage = (message: FanOutMessage): FanOutMessage =>
  message.kind === 'room'
    ? { ...message, bytes: Uint8Array.from(message.bytes) }
    : { ...message, operations: message.operations.map(plain) }

/** What every AttemptCounter promises. */
export const attemptCounterContract: readonly ContractCase[] = [
  {
    name: 'ST-71 attempts are counted in a window that starts with the first one, none of fifty at once is lost',
    async run({ stores: { attempts } }) {
      const key = anId()
      const results = await atOnce(50, () => attempts.hit(key, 1_000, 0))
      assert.deepEqual(
        results.map(({ count }) => count).sort((a, b) => a - b),
        Array.from({ length: 50 }, (_, index) => index + 1),
      )
      assert.deepEqual(await attempts.hit(key, 1_000, 999), { count: 51, resetsAt: 1_000 })
      assert.deepEqual(await attempts.hit(key, 1_000, 1_000), { count: 1, resetsAt: 2_000 })
    },
  },
  {
    name: 'ST-72 a cleared key is counted from one',
    async run({ stores: { attempts } }) {
      const key = anId()
      await attempts.hit(key, 1_000, 0)
      await attempts.hit(key, 1_000, 0)
      await attempts.clear(key)
      assert.equal((await attempts.hit(key, 1_000, 0)).count, 1)
    },
  },
]

async function until(isReached: () => boolean): Promise<void> {
  const end = performance.now() + 5_000
  while (!isReached()) {
    assert.ok(performance.now() < end, 'it did not happen within five seconds')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
