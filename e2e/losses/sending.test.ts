import { describe, expect, it } from 'vitest'
import { seededRandom } from '../seeded-random.ts'
import { shown, stored, type, until, untilShown } from './desk.ts'
import { Stage } from './stage.ts'

const live = { connection: 'connected', loaded: true } as const

describe('edits on their way to the server', { timeout: 60_000 }, () => {
  it('LO-1 typed while the socket is down, and the page is reloaded: shown again, counted, saved', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(1)
    const [desk] = desks
    const before = desk.tab()
    const document = before.open(id)
    await until(document, (snapshot) => snapshot.connection === 'connected')
    desk.network.cut()
    await until(document, (snapshot) => snapshot.connection !== 'connected')
    type(document, 'typed ')
    type(document, 'in the tunnel')
    await document.flush()
    expect(document.getSnapshot()).toMatchObject({ saveState: 'unsaved', unsavedChanges: 2 })
    before.die()

    const after = desk.tab().open(id)
    await after.whenLoaded()
    expect(shown(after)).toBe('typed in the tunnel')
    expect(after.getSnapshot()).toMatchObject({ recovered: 2, unsavedChanges: 2 })
    desk.network.heal()
    await after.whenDurable()
    expect(after.getSnapshot()).toMatchObject({ saveState: 'saved', unsavedChanges: 0 })
    expect(await stored(desk.api, id)).toBe('typed in the tunnel')
  })

  it('LO-2 an operation whose acknowledgement never comes is sent again, and is there once', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(1)
    const [desk] = desks
    let deaf = true
    const document = desk.tab({ hears: ({ kind }) => !deaf || (kind !== 'committed' && kind !== 'received') }).open(id)
    await until(document, (snapshot) => snapshot.connection === 'connected')
    type(document, 'once')
    await document.flush()
    await expect.poll(() => stored(desk.api, id)).toBe('once')
    expect(document.getSnapshot().saveState).toBe('saving')
    deaf = false
    desk.network.cut()
    desk.network.heal()
    await document.whenDurable()
    expect(document.getSnapshot()).toMatchObject({ saveState: 'saved', unsavedChanges: 0 })
    expect([shown(document), await stored(desk.api, id)]).toEqual(['once', 'once'])
  })

  it('LO-2 an operation that is lost on its way is sent again', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(1)
    const [desk] = desks
    const document = desk.tab().open(id)
    await until(document, (snapshot) => snapshot.connection === 'connected')
    desk.network.hold('to server')
    type(document, 'lost')
    await document.flush()
    expect(document.getSnapshot().saveState).toBe('saving')
    desk.network.cut()
    desk.network.deliver()
    await until(document, (snapshot) => snapshot.connection !== 'connected')
    expect(await stored(desk.api, id)).toBe('')
    desk.network.heal()
    await document.whenDurable()
    expect(await stored(desk.api, id)).toBe('lost')
  })

  it('LO-3 leaving right after the last key: closing waits until that key is stored', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(1)
    const [desk] = desks
    const tab = desk.tab()
    const document = tab.open(id)
    await until(document, (snapshot) => snapshot.connection === 'connected')
    type(document, 'the last second')
    await tab.client.close()
    expect(await stored(desk.api, id)).toBe('the last second')
  })

  it('LO-5 "connected" after a cut means that edits are saved again, ten times over', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(2)
    const tabs = desks.map((desk) => desk.tab())
    const [ada, bo] = tabs.map((tab) => tab.open(id))
    if (ada === undefined || bo === undefined) throw new Error('two people')
    await Promise.all([ada, bo].map((document) => until(document, (snapshot) => snapshot.connection === 'connected')))
    for (let round = 1; round <= 10; round++) {
      desks[0].network.cut()
      desks[0].network.heal()
      await until(ada, (snapshot) => snapshot.connection !== 'connected')
      tabs[0]?.page.signal('online')
      await until(ada, (snapshot) => snapshot.connection === 'connected')
      type(ada, `[${round}]`)
      await ada.whenDurable()
      await untilShown(bo, `[${round}]`)
    }
    expect(await stored(desks[0].api, id)).toBe('[1][2][3][4][5][6][7][8][9][10]')
  })

  it('LO-6 leaving a document and entering it again: edits reach the server, also where both happen at once', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(1)
    const [desk] = desks
    const tab = desk.tab()
    let expected = ''
    for (const pause of ['wait for the end', 'at once', 'at once', 'wait for the end']) {
      const document = tab.open(id)
      await until(document, (snapshot) => snapshot.connection === 'connected')
      type(document, `(${expected.length})`)
      expected += `(${expected.length})`
      const closed = document.close()
      if (pause === 'wait for the end') await closed
    }
    const last = tab.open(id)
    await last.whenLoaded()
    type(last, 'end')
    await last.whenDurable()
    expect(await stored(desk.api, id)).toBe(`${expected}end`)
  })

  it('LO-9 a device that slept while others wrote adds its words and overwrites nothing', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(2)
    const [phone, desk] = desks
    if (desk === undefined) throw new Error('two people')
    const asleep = phone.tab()
    const onPhone = asleep.open(id)
    await until(onPhone, (snapshot) => snapshot.connection === 'connected')
    type(onPhone, 'A')
    await onPhone.whenDurable()
    phone.network.cut()
    await until(onPhone, (snapshot) => snapshot.connection !== 'connected')
    type(onPhone, 'phone')
    const onDesk = desk.tab().open(id)
    await untilShown(onDesk, 'A')
    for (let number = 1; number <= 20; number++) type(onDesk, `<${number}>`)
    await onDesk.whenDurable()
    phone.network.heal()
    asleep.page.signal('visible')
    await onPhone.whenDurable()
    await untilShown(onDesk, 'phone')
    await untilShown(onPhone, '<20>')
    expect(shown(onPhone)).toBe(shown(onDesk))
    expect(await stored(desk.api, id)).toBe(shown(onDesk))
    for (let number = 1; number <= 20; number++) expect(shown(onDesk).split(`<${number}>`)).toHaveLength(2)
  })

  it('LO-17 a flapping network leaves one socket, and those that were given up change nothing', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(1)
    const [desk] = desks
    const tab = desk.tab()
    const document = tab.open(id)
    await until(document, (snapshot) => snapshot.connection === 'connected')
    for (let flap = 0; flap < 15; flap++) {
      desk.network.cut()
      tab.page.signal('offline')
      desk.network.heal()
      tab.page.signal('online')
      type(document, '.')
    }
    await until(document, (snapshot) => snapshot.connection === 'connected')
    await document.whenDurable()
    await expect.poll(() => tab.sockets.now).toBe(1)
    expect(document.getSnapshot()).toMatchObject({ ...live, saveState: 'saved' })
    expect(await stored(desk.api, id)).toBe('.'.repeat(15))
  })

  it('LO-18 whatever comes in between, the count of unsaved edits ends at 0', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(1)
    const [desk] = desks
    const random = seededRandom(18)
    let deaf = false
    const tab = desk.tab({ hears: ({ kind }) => !deaf || (kind !== 'committed' && kind !== 'received') })
    const document = tab.open(id)
    await document.whenLoaded()
    for (let step = 0; step < 120; step++) {
      const chance = random()
      if (chance < 0.7) type(document, 'x')
      else if (chance < 0.8) await document.flush()
      else if (chance < 0.9) {
        desk.network.cut()
        desk.network.heal()
      } else deaf = !deaf
    }
    deaf = false
    desk.network.cut()
    desk.network.heal()
    tab.page.signal('online')
    await document.whenDurable()
    await until(document, (snapshot) => snapshot.unsavedChanges === 0)
    expect(document.getSnapshot().saveState).toBe('saved')
    expect(await stored(desk.api, id)).toBe(shown(document))
  })
})
