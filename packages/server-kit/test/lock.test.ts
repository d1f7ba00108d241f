import { describe, expect, it } from 'vitest'
import { DocumentLock } from '../src/writing/lock.ts'
import type { LockWord } from '../src/writing/lock.ts'
import type { LockResult } from '../src/ports.ts'
import { FakeClock } from './support/fake-clock.ts'

const LIMITS = { lockLeaseMs: 10_000, lockTurnMs: 100, lockPatienceMs: 1_000 }
const HELD: LockResult = { status: 'held', owner: 'another server', expiresAt: 1e12 }

/** A lock that another server holds, and what is said about it. */
function heldElsewhere() {
  const clock = new FakeClock()
  const said: LockWord[] = []
  const lock = new DocumentLock({
    locks: { acquire: async () => HELD, release: async () => undefined },
    clock,
    documentId: 'document',
    owner: 'this server',
    limits: LIMITS,
    reach: () => 'connected',
    tell: (word) => said.push(word),
    failed: (error) => {
      throw error
    },
  })
  /** Asks again and again, for so long; tells what the last answer was. */
  const askFor = async (ms: number, meanwhile: () => void = () => undefined): Promise<string> => {
    let answer: string = 'none'
    for (const end = clock.now() + ms; clock.now() < end;) {
      answer = await lock.take()
      meanwhile()
      await clock.pass(50)
    }
    return answer
  }
  return { lock, clock, said, askFor }
}

describe('the lock of a document', () => {
  it('CL-19 a holder that shows that it lives is waited for, however long its turn takes', async () => {
    const { lock, askFor } = heldElsewhere()
    expect(await askFor(20_000, () => lock.hear('held'))).toBe('later')
  })

  it('CL-19 one that shows no life is passed over, and is asked all the same', async () => {
    const { said, askFor } = heldElsewhere()
    expect(await askFor(900)).toBe('later')
    expect(await askFor(200)).toBe('passed-over')
    said.length = 0
    await askFor(1_000)
    expect(said.length).toBeGreaterThan(5)
  })

  it('CL-19 time in which nobody asked does not count: whoever was busy reading asks again before passing over', async () => {
    const { clock, askFor } = heldElsewhere()
    expect(await askFor(300)).toBe('later')
    await clock.pass(5_000)
    expect(await askFor(300)).toBe('later')
    expect(await askFor(600)).toBe('passed-over')
  })

  it('CL-19 whoever passed a lock over and came too late waits again', async () => {
    const { lock, askFor } = heldElsewhere()
    expect(await askFor(1_200)).toBe('passed-over')
    lock.cameTooLate()
    expect(await askFor(900)).toBe('later')
    expect(await askFor(300)).toBe('passed-over')
  })
})
