import { describe, expect, it, vi } from 'vitest'
import { XmlElement } from 'yjs'
import { createTestWorld } from '../../src/testing/index.ts'
import type { ServerStep, TestWorldOptions } from '../../src/testing/index.ts'
import { textIn, type } from './typing.ts'

async function twoPeople(options: TestWorldOptions = {}) {
  const world = createTestWorld(options)
  const ada = world.person('Ada')
  const bo = world.person('Bo')
  const [a, b] = [ada.open('doc'), bo.open('doc')]
  await world.settled()
  return { world, ada, bo, a, b }
}

describe('the network', () => {
  it('TK-10 a partition is silent, and what was sent in it arrives after it', async () => {
    const { world, ada, a, b } = await twoPeople()
    world.network.partition(ada)
    type(ada, 'kept')
    await world.advance(3_000)
    expect(a.getSnapshot()).toMatchObject({ connection: 'connected', saveState: 'saving' })
    expect(world.server.text('doc')).toBe('')
    expect(b.getSnapshot().connection).toBe('connected')
    world.network.heal(ada)
    await world.settled()
    expect(textIn(b)).toBe('kept')
    expect(ada.network.made).toBe(1)
    await world.verify()
  })

  it('TK-10 a long partition is found out by the client, which connects anew after it', async () => {
    const { world, ada, a, b } = await twoPeople()
    world.network.partition()
    type(ada, 'kept')
    await world.advance(30_000)
    expect(a.getSnapshot()).toMatchObject({ connection: 'reconnecting', saveState: 'unsaved', unsavedChanges: 1 })
    world.network.heal()
    await world.verify()
    expect(textIn(b)).toBe('kept')
    expect(ada.network.made).toBeGreaterThan(1)
  })

  it('TK-11 connections that break are made anew; a dropped acknowledgement leaves the edit there once', async () => {
    const { world, ada, bo, a } = await twoPeople()
    world.network.dropNext('committed', ada)
    type(ada, 'once ')
    await world.advance(200)
    expect(world.server.text('doc')).toBe('once ')
    // The first retry is at once, and its welcome says what is committed.
    expect(ada.network.made).toBe(2)
    await world.settled()
    world.network.cut()
    expect(bo.network.open).toBe(0)
    type(ada, 'more')
    await world.settled()
    expect(ada.network.made).toBe(3)
    expect(bo.network.made).toBe(2)
    await world.verify()
    expect(world.server.text('doc')).toBe('once more')
    world.network.closeWith(4403, ada)
    await world.settled()
    expect(a.getSnapshot()).toMatchObject({ connection: 'closed', error: { code: 'forbidden' } })
    expect(bo.open('doc').getSnapshot().connection).toBe('connected')
  })

  it('TK-25 connections that fall silent are found out, and what others wrote meanwhile arrives over new ones', async () => {
    const { world, ada, bo, a } = await twoPeople()
    world.network.silence(ada)
    type(bo, 'theirs ')
    type(ada, 'mine ')
    await world.advance(5_000)
    expect(a.getSnapshot()).toMatchObject({ connection: 'connected', saveState: 'saving' })
    expect([textIn(a), world.server.text('doc')]).toEqual(['mine ', 'theirs '])
    await world.verify()
    expect([ada.network.made, ada.network.open, bo.network.made]).toEqual([2, 1, 1])
    expect(textIn(a).trim().split(/\s+/).sort()).toEqual(['mine', 'theirs'])
  })

  it('TK-12 a slow network keeps the order; doubled operations count once', async () => {
    const { world, ada, bo, b } = await twoPeople({ batching: 'immediate' })
    world.network.delay(300)
    world.network.duplicate()
    for (const word of ['one ', 'two ', 'three']) {
      type(ada, word)
      await world.advance(50)
    }
    expect(textIn(b)).toBe('')
    await world.advance(475)
    expect(textIn(b)).toBe('one ')
    world.network.heal(bo)
    await world.settled()
    expect(textIn(b)).toBe('one two three')
    await world.verify()
  })

  it('TK-12 one direction can be held: the server has the edit, and its author does not know yet', async () => {
    const { world, ada, a } = await twoPeople()
    world.network.hold('down', ada)
    type(ada, 'there')
    await world.advance(500)
    expect(world.server.text('doc')).toBe('there')
    expect(a.getSnapshot().saveState).toBe('saving')
    world.network.deliver(ada)
    await world.settled()
    expect(a.getSnapshot().saveState).toBe('saved')
  })
})

describe('the server', () => {
  const steps: readonly ServerStep[] = ['receive', 'append', 'acknowledge', 'tell']
  const durable = { before: ['acknowledge', 'tell'], after: ['append', 'acknowledge', 'tell'] }
  for (const when of ['before', 'after'] as const)
    it(`TK-13 killed ${when} each step, it keeps what is in its log, and the edit is there once in the end`, async () => {
      for (const step of steps) {
        const { world, ada, a, b } = await twoPeople()
        type(ada, 'first ')
        await world.settled()
        if (when === 'before') world.server.killBefore(step)
        else world.server.killAfter(step)
        type(ada, 'second')
        await world.advance(400)
        expect(world.server.isRunning, step).toBe(false)
        const isDurable = durable[when].includes(step)
        expect(world.server.text('doc'), step).toBe(isDurable ? 'first second' : 'first ')
        const wasTold = isDurable && step !== 'append' && !(when === 'before' && step === 'acknowledge')
        expect(a.getSnapshot().unsavedChanges, step).toBe(wasTold ? 0 : 1)
        expect(textIn(b), step).toBe(when === 'after' && step === 'tell' ? 'first second' : 'first ')
        world.server.restart()
        await world.verify()
        expect(textIn(b), step).toBe('first second')
      }
    })

  it('TK-14 a store that stalls: received, and not saved until it answers', async () => {
    const { world, ada, a } = await twoPeople()
    world.server.stall()
    type(ada, 'waits')
    await world.settled()
    expect(a.getSnapshot().saveState).toBe('saving')
    expect(world.server.text('doc')).toBe('')
    await world.verify()
    world.server.resume()
    await world.settled()
    expect(a.getSnapshot().saveState).toBe('saved')
  })

  it('TK-14 an append that fails or whose answer is lost, a drain, a snapshot, a token that ends: nothing is lost', async () => {
    const { world, ada, bo, a, b } = await twoPeople()
    for (const how of ['not written', 'written'] as const) {
      world.server.failAppend(how)
      type(ada, `${how} `)
      await world.settled()
    }
    world.server.drain(500)
    type(bo, 'drained ')
    await world.settled()
    world.server.fold('doc')
    world.server.expireToken(ada)
    type(ada, 'renewed')
    await world.settled()
    const cy = world.person('Cy')
    const c = cy.open('doc')
    await world.verify()
    for (const document of [a, b, c]) expect(textIn(document)).toBe('not written written drained renewed')
  })

  it('TK-26 of an operation that is skipped nobody is told, until the next one shows that there is a gap', async () => {
    const { world, ada, bo, b } = await twoPeople({ batching: 'immediate' })
    world.server.skipTelling()
    type(ada, 'lost ')
    await world.advance(5_000)
    expect([world.server.text('doc'), textIn(b)]).toEqual(['lost ', ''])
    await expect(world.verify()).rejects.toThrow('different views')
    // Of its own, so that nothing in it builds on what was lost.
    world.server.write('doc', (ydoc) => ydoc.getXmlFragment('content').insert(0, [new XmlElement('paragraph')]))
    await world.verify()
    expect(textIn(b)).toContain('lost')
    type(bo, 'more ')
    await world.verify()
  })

  it('TK-27 a server that was set back is told from one that is up to date, and what it lost is missed', async () => {
    const { world, ada, a } = await twoPeople({ batching: 'immediate' })
    for (const word of ['kept ', 'lost ']) {
      type(ada, word)
      await world.settled()
    }
    world.server.setBack('doc', 1)
    await world.advance(5_000)
    expect(world.server.text('doc')).toBe('kept ')
    expect(a.getSnapshot()).toMatchObject({ connection: 'closed', error: { code: 'server-behind' } })
    await expect(world.verify()).rejects.toThrow('acknowledged and lost')
  })

  it('TK-15 what is refused, withdrawn and deleted is shown as with a real server', async () => {
    const { world, ada, bo, a, b } = await twoPeople()
    world.server.refuse(ada, 'too-deep')
    type(ada, 'refused')
    await world.settled()
    expect(a.getSnapshot()).toMatchObject({ saveState: 'refused', error: { code: 'refused', rejection: 'too-deep' } })
    await a.discardUnsaved()

    world.server.withdraw(bo, 'viewer')
    await world.settled()
    expect(b.getSnapshot()).toMatchObject({ role: 'viewer', editable: false })
    world.server.grant(bo, 'editor')
    world.server.write('doc', (ydoc) => ydoc.getXmlFragment('content').insert(0, []))
    await world.settled()
    expect(b.getSnapshot()).toMatchObject({ role: 'editor', editable: true })
    world.server.withdraw(bo)
    await world.settled()
    expect(b.getSnapshot()).toMatchObject({ connection: 'closed', error: { code: 'forbidden' } })

    const c = world.person('Cy').open('doc')
    await world.settled()
    world.server.delete('doc')
    await world.settled()
    expect(c.getSnapshot()).toMatchObject({ connection: 'closed', error: { code: 'document-deleted' } })
    const d = world.person('Di').open('doc')
    await world.settled()
    expect(d.getSnapshot()).toMatchObject({ error: { code: 'not-found' } })
    await world.verify()
  })

  it('TK-15 tells people of each other, and of what absent ones write', async () => {
    const { world, ada, bo, a, b } = await twoPeople()
    type(ada, 'x')
    await world.settled()
    await world.advance(200)
    const names = [...b.awareness.getStates().values()].map((state) => (state['user'] as { name: string }).name)
    expect(names.sort()).toEqual(['Ada', 'Bo'])
    ada.crash()
    await world.advance(200)
    expect(b.awareness.getStates().size).toBe(1)
    world.server.write('doc', (ydoc) => ydoc.getXmlFragment('content').delete(0, 1))
    await world.settled()
    expect(textIn(b)).toBe('')
    expect(textIn(a)).toBe('x')
    expect(bo.documents).toEqual([b])
    await world.verify()
  })
})

describe('tabs and devices', () => {
  it('TK-16 a tab that crashes leaves its edits on its device, and only there', async () => {
    const { world, ada, b } = await twoPeople()
    ada.goOffline()
    type(ada, 'on the train')
    await world.advance(0)
    ada.crash()
    expect(() => ada.open('doc')).toThrow('the tab of Ada is gone')
    const elsewhere = ada.onAnotherDevice()
    elsewhere.open('doc')
    await world.settled()
    expect(world.server.text('doc')).toBe('')
    ada.page.online = true
    const sibling = ada.openTab()
    const document = sibling.open('doc')
    await world.settled()
    expect(document.getSnapshot()).toMatchObject({ recovered: 1, saveState: 'saved' })
    expect(textIn(b)).toBe('on the train')
    expect(ada.reopen()).toHaveLength(1)
    await world.verify()
    expect([ada.name, sibling.name, elsewhere.name, sibling.id]).toEqual(['Ada', 'Ada #3', 'Ada #2', 'ada'])
  })
})

describe('time and chance', () => {
  it('TK-18 the same seed gives the same history, and another one another', async () => {
    const historyOf = async (seed: number): Promise<string> => {
      const { world } = await twoPeople({ seed })
      await world.trouble(4_000, (person) => type(person, 'x'))
      await world.settled()
      await world.close()
      return world.history
    }
    const first = await historyOf(5)
    expect(await historyOf(5)).toBe(first)
    expect(await historyOf(6)).not.toBe(first)
  })

  it('TK-19 fake timers of the framework do not stop a world, and a world does not move them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask', 'Date', 'performance'] })
    try {
      const before = Date.now()
      const { world, ada, b } = await twoPeople()
      type(ada, 'frozen')
      await world.verify()
      expect(textIn(b)).toBe('frozen')
      expect(Date.now()).toBe(before)
    } finally {
      vi.useRealTimers()
    }
  })

  it('TK-19 a world in real time goes on by itself', async () => {
    const { world, ada, b } = await twoPeople({ time: 'real', batching: 'immediate' })
    const heard = new Promise<void>((resolve) => b.ydoc.once('updateV2', () => resolve()))
    type(ada, 'now')
    await heard
    expect(textIn(b)).toBe('now')
    await world.verify()
    await world.close()
  })
})
