import { describe, expect, it } from 'vitest'
import { BACKOFF_CAP_MS } from '../src/session-state.ts'
import { outboxOf } from '../src/index.ts'
import type { SheafDocument } from '../src/index.ts'
import { shiftedClock } from './support/shifted-clock.ts'
import type { ShiftedClock } from './support/shifted-clock.ts'
import { newDevice, text, world, write } from './support/world.ts'
import type { Tab, World } from './support/world.ts'

const HOUR = 3_600_000

/** Somebody whose clock is set by others than the test's. */
function shifted(batching: 'immediate' | Record<string, never> = {}): { all: World; clock: ShiftedClock; tab: Tab } {
  const all = world()
  const clock = shiftedClock(all.clock)
  return { all, clock, tab: all.tab('ada', newDevice(), { batching }, clock) }
}

const CHANGES = [-12 * HOUR, -HOUR, HOUR, 12 * HOUR]

describe('a clock that somebody sets', () => {
  it.each(CHANGES)('DO-38 by %d ms, between two keys: what was typed is sent as soon as ever', async (ms) => {
    const { all, clock, tab } = shifted()
    await all.advance(0)
    write(tab.document, 'before ')
    await all.advance(10)
    clock.shift(ms)
    await all.advance(300)
    expect(text(all.server.content())).toBe('before ')
    write(tab.document, 'after ')
    clock.shift(ms)
    await all.advance(10)
    write(tab.document, 'more ')
    await all.advance(300)
    expect(tab.document.getSnapshot()).toMatchObject({ saveState: 'saved', unsavedChanges: 0 })
    expect(text(all.server.content())).toBe('more after before ')
  })

  it.each(CHANGES)('DO-38 by %d ms, while nobody answers: the connection comes back as soon as ever', async (ms) => {
    const { all, clock, tab } = shifted('immediate')
    await all.advance(10_000)
    tab.network.partition()
    tab.network.cut()
    write(tab.document, 'unsent')
    await all.advance(20_000)
    clock.shift(ms)
    await all.advance(20_000)
    tab.network.heal()
    await all.advance(BACKOFF_CAP_MS + 15_000)
    expect(tab.document.getSnapshot()).toMatchObject({ connection: 'connected', saveState: 'saved' })
    expect(text(all.server.content())).toBe('unsent')
  })

  it('DO-38 again and again: no session is taken for a failed one, and the last known state is kept', async () => {
    const { all, clock, tab } = shifted('immediate')
    await all.advance(0)
    for (const ms of [...CHANGES, ...CHANGES]) {
      await all.advance(10_000)
      clock.shift(ms)
      write(tab.document, 'x')
      tab.network.cut()
      // The first retry is at once.
      await all.advance(1)
      expect(tab.document.getSnapshot().connection).toBe('connected')
    }
    expect(text(all.server.content())).toBe('x'.repeat(2 * CHANGES.length))
    tab.runtime.page.signal('offline')
    tab.network.partition()
    const closed = tab.client.close()
    await all.advance(10_000)
    await closed
  })

  it('PR-13 set back does not hold presence back', async () => {
    const { all, clock, tab } = shifted()
    const { document: other } = all.tab('grace')
    await all.advance(1_000)
    tab.document.setPresenceData({ at: 1 })
    await all.advance(1_000)
    clock.shift(-12 * HOUR)
    tab.document.setPresenceData({ at: 2 })
    await all.advance(1_000)
    expect(other.awareness.getStates().get(tab.document.awareness.clientID)?.['data']).toEqual({ at: 2 })
  })

  it('OB-21 set back leaves no entry in the future', async () => {
    const { all, clock, tab } = shifted('immediate')
    await all.advance(0)
    all.server.stall()
    const outbox = outboxOf(tab.document)
    outbox.subscribe(() => undefined)
    write(tab.document, 'x')
    await all.advance(0)
    expect(outbox.getSnapshot()[0]?.since).toBe(clock.now())
    clock.shift(-HOUR)
    expect(outbox.getSnapshot()[0]?.since).toBe(clock.now())
    all.server.resume()
    await all.advance(0)
    clock.shift(-HOUR)
    expect(outbox.getSnapshot()).toMatchObject([{ step: 'durable', since: clock.now() }])
  })
})

describe('a page that is frozen', () => {
  /**
   * The page does nothing for an hour, then every timer that is due rings at once. The
   * connection died meanwhile, and nobody told the page.
   */
  async function freeze(all: World, tab: Tab, clock: ShiftedClock): Promise<void> {
    tab.network.silence()
    clock.shift(HOUR)
    await all.advance(0)
  }

  const whole = (document: SheafDocument, all: World): void => {
    expect(document.getSnapshot()).toMatchObject({ connection: 'connected', saveState: 'saved', error: null })
    expect(text(document)).toBe(text(all.server.content()))
  }

  it.each(['visible', 'online', null] as const)(
    'DO-37 for an hour, with edits on their way and others writing, loses nothing (signal: %s)',
    async (signal) => {
      const { all, clock, tab } = shifted()
      await all.advance(0)
      write(tab.document, 'before ')
      await all.advance(100)
      await freeze(all, tab, clock)
      all.server.somebodyWrites('theirs ')
      if (signal !== null) tab.runtime.page.signal(signal)
      // The clock goes on: what was gathered before is sent into a socket that is dead.
      write(tab.document, 'after ')
      // A signal makes it look at once; without one, an edit that nobody answers does.
      await all.advance(signal === null ? 12_000 : 6_000)
      whole(tab.document, all)
      expect(text(tab.document).split(' ').sort()).toEqual(['', 'after', 'before', 'theirs'])
    },
  )

  it('DO-37 without a signal or an edit finds out within three pings', async () => {
    const { all, clock, tab } = shifted()
    await all.advance(0)
    await freeze(all, tab, clock)
    all.server.somebodyWrites('theirs ')
    await all.advance(31_000)
    whole(tab.document, all)
    expect(text(tab.document)).toBe('theirs ')
  })
})
