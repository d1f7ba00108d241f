import { describe, expect, it, vi } from 'vitest'
import { memoryDeviceStore, warnBeforeLeaving } from '../src/index.ts'
import type { DeviceStore } from '../src/index.ts'
import { askBeforeLeaving } from '../src/runtime.ts'
import { newDevice, world, write } from './support/world.ts'

/** Counts who asks at this moment. */
function asking() {
  const state = { now: 0, ever: 0 }
  const ask = (): (() => void) => {
    state.now += 1
    state.ever += 1
    return () => {
      state.now -= 1
    }
  }
  return { state, ask }
}

/** A device whose writes are answered when the test says so. */
function slow(): { device: ReturnType<typeof newDevice>; answer: () => void; fails: boolean } {
  const store = memoryDeviceStore()
  const waiting: (() => void)[] = []
  const state = {
    answer: () => {
      for (const go of waiting.splice(0)) go()
    },
    fails: false,
    device: newDevice({
      ...store,
      write: async (...call: Parameters<DeviceStore['write']>) => {
        await new Promise<void>((resolve) => waiting.push(resolve))
        if (state.fails) throw new Error('quota')
        await store.write(...call)
      },
    }),
  }
  return state
}

describe('leaving the page', () => {
  it('LW-1 is asked about while an edit is on its way to the device, and not when it is there', async () => {
    const all = world()
    const disk = slow()
    const { document, network } = all.tab('ada', disk.device)
    await all.advance(0)
    network.partition()
    network.cut()
    const { state, ask } = asking()
    warnBeforeLeaving(document, ask)
    expect(state.now).toBe(0)
    write(document, 'typed')
    expect(state.now).toBe(1)
    await all.advance(0)
    expect(state.now).toBe(1)
    disk.answer()
    await all.advance(0)
    disk.answer()
    await all.advance(0)
    // Not committed, and safe all the same.
    expect(document.getSnapshot().unsavedChanges).toBe(1)
    expect(state).toEqual({ now: 0, ever: 1 })
  })

  it('LW-1 is asked about while the device keeps nothing, until it does or the server has it', async () => {
    const all = world()
    const disk = slow()
    const { document, network } = all.tab('ada', disk.device)
    await all.advance(0)
    network.partition()
    network.cut()
    disk.fails = true
    const { state, ask } = asking()
    warnBeforeLeaving(document, ask)
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 500) {
        await all.advance(500)
        disk.answer()
        await all.settle()
      }
    }
    write(document, 'typed')
    await pass(5_000)
    expect([state.now, document.getSnapshot().device]).toEqual([1, 'keeps-nothing'])
    disk.fails = false
    await pass(20_000)
    expect([state.now, document.getSnapshot().device]).toEqual([0, 'keeps-edits'])
    disk.fails = true
    write(document, 'more')
    await pass(5_000)
    expect(state.now).toBe(1)
    network.heal()
    await pass(60_000)
    expect([state.now, document.getSnapshot()]).toMatchObject([0, { saveState: 'saved', device: 'keeps-nothing' }])
  })

  it('LW-1 is asked about where a page has nothing but memory, until everything is committed', async () => {
    const all = world()
    const { client, network } = all.tab('ada', newDevice(), { deviceStore: undefined as unknown as DeviceStore })
    const document = client.open('doc')
    await all.advance(0)
    const { state, ask } = asking()
    warnBeforeLeaving(document, ask)
    network.partition()
    network.cut()
    write(document, 'typed')
    await all.advance(1_000)
    expect([state.now, document.getSnapshot().device]).toEqual([1, 'keeps-nothing'])
    network.heal()
    await all.advance(60_000)
    expect([state.now, document.getSnapshot().saveState]).toEqual([0, 'saved'])
  })

  it('LW-2 is not asked about any more after the end, nor after the edits were discarded', async () => {
    const all = world()
    const disk = slow()
    const { document, network } = all.tab('ada', disk.device)
    await all.advance(0)
    network.partition()
    network.cut()
    const [one, two] = [asking(), asking()]
    const end = warnBeforeLeaving(document, one.ask)
    warnBeforeLeaving(document, two.ask)
    write(document, 'typed')
    expect([one.state.now, two.state.now]).toEqual([1, 1])
    const late = asking()
    warnBeforeLeaving(document, late.ask)()
    expect(late.state).toEqual({ now: 0, ever: 1 })
    end()
    expect([one.state.now, two.state.now]).toEqual([0, 1])
    write(document, 'more')
    expect(one.state).toEqual({ now: 0, ever: 1 })
    const discarded = document.discardUnsaved()
    for (let turns = 0; turns < 5; turns++) {
      await all.advance(0)
      disk.answer()
    }
    await discarded
    expect(two.state.now).toBe(0)
    expect(document.getSnapshot().unsavedChanges).toBe(0)
  })

  it('LW-1 asks by beforeunload, and leaves nothing registered', () => {
    const listeners = new Set<(event: unknown) => void>()
    vi.stubGlobal('document', {})
    vi.stubGlobal('window', {
      addEventListener: (name: string, listener: () => void) => name === 'beforeunload' && listeners.add(listener),
      removeEventListener: (_name: string, listener: () => void) => listeners.delete(listener),
    })
    try {
      const end = askBeforeLeaving()
      const event = { preventDefault: vi.fn(), returnValue: '' }
      for (const listener of listeners) listener(event)
      expect(event.preventDefault).toHaveBeenCalled()
      expect(event.returnValue).not.toBe('')
      end()
      expect(listeners.size).toBe(0)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('LW-2 nobody is asked where there is no page', () => {
    expect(() => askBeforeLeaving()()).not.toThrow()
  })
})
