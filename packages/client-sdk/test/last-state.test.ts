import { describe, expect, it } from 'vitest'
import { LastState } from '../src/device/last-state.ts'
import { memoryDeviceStore } from '../src/device/memory.ts'
import type { KnownState } from '../src/device/store.ts'
import { fakeClock } from '../src/testing/index.ts'

const stateAt = (lastSeq: number): KnownState => ({ update: new Uint8Array([0]), lastSeq, schemaId: '' })

/** A document whose content takes so long to encode, by a clock that somebody may set meanwhile. */
function keeping() {
  const clock = fakeClock()
  const store = memoryDeviceStore()
  let ahead = 0
  let seq = 0
  let passing = 0
  const waits: number[] = []
  const state = new LastState({
    store,
    documentId: 'doc',
    clock: {
      ...clock,
      now: () => clock.now() + ahead,
      after: (ms, callback) => {
        waits.push(ms)
        return clock.after(ms, callback)
      },
    },
    current: () => {
      ahead += passing
      return stateAt(++seq)
    },
  })
  /** Something changes; returns how long it takes until that is kept. */
  const change = (encodingMs: number): number => {
    passing = encodingMs
    state.touch()
    return waits.at(-1) ?? -1
  }
  const kept = async (): Promise<number> => (await store.readState('doc'))?.lastSeq ?? 0
  return { clock, change, kept }
}

describe('the last known state of a document', () => {
  it('JO-23 is kept at once, and then the more rarely the longer it takes to encode it: one part in fifty of all time', async () => {
    const { clock, change, kept } = keeping()
    expect(change(10)).toBe(0)
    await clock.advance(0)
    expect(await kept()).toBe(1)
    expect(change(300)).toBe(2_000)
    await clock.advance(2_000)
    expect(change(300)).toBe(15_000)
    await clock.advance(14_999)
    expect(await kept()).toBe(2)
    await clock.advance(1)
    expect(await kept()).toBe(3)
  })

  it('JO-23 is kept again within 100 s, also where the clock was set forward by a day or back while it was encoded', async () => {
    for (const [jump, pause] of [
      [86_400_000, 100_000],
      [-86_400_000, 2_000],
    ] as const) {
      const { clock, change, kept } = keeping()
      change(jump)
      await clock.advance(0)
      expect(change(0)).toBe(pause)
      await clock.advance(pause)
      expect(await kept()).toBe(2)
    }
  })
})
