import { expect, it } from 'vitest'
import type { Journal } from '../src/device/store.ts'
import * as Outbox from '../src/outbox.ts'
import { seededRandom } from '../src/testing/index.ts'

const RUNS = 400
const STEPS = 150
const REPLICA = 'a'.repeat(32)

interface Server {
  readonly committed: Map<number, string>
  pending: { counter: number; update: string }[]
}

/** Every edit is one number; an operation carries its edits in order, so that the server's list shows loss and doubling. */
const context = {
  baseSeq: 0,
  merge: (updates: readonly Uint8Array[]) => Uint8Array.from(updates.flatMap((update) => [...update])),
  vectorOf: () => [],
}
const edit = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer)
const read = (hex: string): number[] => [...new Uint32Array(new Uint8Array(Buffer.from(hex, 'hex')).buffer)]

function simulate(seed: number): void {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random.fraction() * limit)
  const server: Server = { committed: new Map(), pending: [] }
  let disk: Journal = { principalId: null, counter: 0, updates: [], operations: [] }
  let outbox = Outbox.emptyOutbox(REPLICA)
  let connected = false
  let edits = 0

  const head = (): number => Math.max(0, ...server.committed.keys())
  const save = (): void => {
    disk = { principalId: null, counter: outbox.counter, updates: outbox.queued.items(), operations: outbox.operations }
    outbox = Outbox.journaled(outbox, outbox.counter)
  }
  const steps: Record<string, () => void> = {
    edit: () => {
      outbox = Outbox.edited(outbox, edit(++edits))
      save()
    },
    mint: () => {
      outbox = Outbox.mint(outbox, context).outbox
      if (below(2) === 0) save()
    },
    save,
    connect: () => {
      if (connected) return
      connected = true
      outbox = Outbox.welcomed(outbox, head()).outbox
    },
    send: () => {
      if (!connected) return
      for (const { counter, update } of Outbox.sendable(outbox, 3)) {
        expect(disk.operations.some((operation) => operation.counter === counter)).toBe(true)
        if (below(10) > 0) server.pending.push({ counter, update: Buffer.from(update).toString('hex') })
        outbox = Outbox.sent(outbox, counter)
      }
    },
    commit: () => {
      const next = server.pending.shift()
      if (next === undefined) return
      const known = server.committed.get(next.counter)
      if (known !== undefined) expect(next.update).toBe(known)
      // A hole, where a frame was lost: the server refuses what comes behind it, and the session begins anew.
      else if (next.counter !== head() + 1) server.pending = []
      else server.committed.set(next.counter, next.update)
      if (connected && below(3) > 0) outbox = Outbox.committed(outbox, head())
    },
    cut: () => {
      connected = false
      outbox = Outbox.disconnected(outbox)
      if (below(2) === 0) server.pending = []
    },
    crash: () => {
      connected = false
      outbox = Outbox.recover(Outbox.emptyOutbox('b'.repeat(32)), REPLICA, disk)
      edits = Math.max(0, ...disk.updates.flatMap(({ update }) => read(Buffer.from(update).toString('hex'))), edits)
    },
  }
  const names = Object.keys(steps)
  for (let step = 0; step < STEPS; step++) {
    const name = names[below(names.length + 4)] ?? 'edit'
    if (name !== 'crash' || below(4) === 0) steps[name]?.()
  }
  for (let round = 0; outbox.unsaved > 0 && round < 500; round++)
    for (const name of ['cut', 'connect', 'mint', 'save', 'send', 'commit', 'commit', 'commit']) steps[name]?.()
  const delivered = [...server.committed.keys()]
    .sort((a, b) => a - b)
    .flatMap((counter) => read(server.committed.get(counter) ?? ''))
  expect(outbox.unsaved).toBe(0)
  expect(delivered).toEqual(Array.from({ length: edits }, (_, index) => index + 1))
}

it(`OB-14 ${RUNS} seeded runs of edits, cuts, lost frames and crashes: every edit arrives once, in order`, () => {
  for (let seed = 1; seed <= RUNS; seed++)
    try {
      simulate(seed)
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
})
