import { describe, expect, it } from 'vitest'
import { memoryDeviceStore } from '../src/index.ts'
import type { SheafDocument } from '../src/index.ts'
import { newDevice, text, world, write } from './support/world.ts'
import type { Device, Tab, World } from './support/world.ts'

const wordsOf = (content: string): string[] => content.split(' ').filter(Boolean).sort()

/** A tab that made these edits without a connection, one after the other, and then was gone. */
async function left(all: World, device: Device, words: readonly string[], user = 'ada'): Promise<void> {
  const tab = all.tab(user, device)
  await all.advance(0)
  cut(tab)
  for (const word of words) write(tab.document, `${word} `)
  await all.advance(0)
  tab.kill()
}

function cut({ network }: Tab): void {
  network.partition()
  network.cut()
}

/** A tab that has another document open than the one of these tests. */
async function elsewhere(all: World, device: Device, user = 'ada'): Promise<Tab> {
  const tab = all.tab(user, device)
  const other = tab.client.open('other')
  const closed = tab.document.close({ timeoutMs: 0 })
  await all.advance(0)
  await closed
  await other.whenLoaded()
  await all.advance(0)
  return tab
}

/** What was not committed is on the device, journal by journal. */
const leftovers = async (device: Device): Promise<number[]> =>
  (await device.store.listAll()).map((journal) => journal.leftovers).filter((count) => count > 0)

const identities = ({ server }: World): Set<string> => new Set(server.operations.map(({ replicaId }) => replicaId))

describe('what closed tabs left', () => {
  it.each(['visible', 'online'] as const)(
    'JO-35 is sent when the page says %s, also from a document that is not open',
    async (signal) => {
      const all = world()
      const device = newDevice()
      const here = await elsewhere(all, device)
      await left(all, device, ['left'])
      expect(text(all.server.content())).toBe('')
      here.runtime.page.signal(signal)
      await all.advance(1_000)
      expect(text(all.server.content())).toBe('left ')
      expect(await leftovers(device)).toEqual([])
      // The session was for sending only.
      expect(here.network.open).toBe(1)
    },
  )

  it('JO-35 is sent when any document of the user is connected', async () => {
    const all = world()
    const device = newDevice()
    await left(all, device, ['left'])
    await elsewhere(all, device)
    await all.advance(1_000)
    expect(text(all.server.content())).toBe('left ')
  })

  it('JO-35 is sent once, under the identity it was made with, though several tabs look at the same moment', async () => {
    const all = world()
    const device = newDevice()
    const tabs = [await elsewhere(all, device), await elsewhere(all, device), await elsewhere(all, device)]
    const dead = [all.tab('ada', device), all.tab('ada', device)]
    await all.advance(0)
    for (const tab of dead) cut(tab)
    write(dead[0]!.document, 'a ')
    write(dead[0]!.document, 'b ')
    write(dead[1]!.document, 'c ')
    await all.advance(0)
    for (const { kill } of dead) kill()
    for (const { runtime } of tabs) runtime.page.signal('visible')
    await all.advance(5_000)
    expect(wordsOf(text(all.server.content()))).toEqual(['a', 'b', 'c'])
    expect(identities(all).size).toBe(2)
    expect(all.server.operations).toHaveLength(2)
    expect(await leftovers(device)).toEqual([])
  })

  it('JO-35 that is another user’s stays', async () => {
    const all = world()
    const device = newDevice()
    await left(all, device, ['left'])
    const grace = await elsewhere(all, device, 'grace')
    grace.runtime.page.signal('visible')
    await all.advance(5_000)
    expect(text(all.server.content())).toBe('')
    expect(await leftovers(device)).toEqual([1])
  })

  it('JO-35 that the server refuses stays on the device, and is not tried again and again', async () => {
    const all = world()
    const device = newDevice()
    const here = await elsewhere(all, device)
    await left(all, device, ['left'])
    all.server.refuse('ada', 'malformed')
    for (let times = 0; times < 5; times++) {
      here.runtime.page.signal('visible')
      await all.advance(10_000)
    }
    expect(all.server.heardOf('operation')).toHaveLength(1)
    expect(await leftovers(device)).toEqual([1])
  })

  it('JO-35 is let go after half a minute without a connection, and sent at the next signal', async () => {
    const all = world()
    const device = newDevice()
    const here = await elsewhere(all, device)
    await left(all, device, ['left'])
    cut(here)
    here.runtime.page.signal('visible')
    await all.advance(60_000)
    const second = all.tab('ada', device)
    second.network.partition()
    await all.advance(0)
    expect(text(second.document)).toBe('left ')
    second.kill()
    here.network.heal()
    here.runtime.page.signal('online')
    await all.advance(60_000)
    expect(text(all.server.content())).toBe('left ')
    expect(identities(all).size).toBe(1)
  })

  it('JO-35 is left alone where the device says that there is no network', async () => {
    const all = world()
    const device = newDevice()
    const here = await elsewhere(all, device)
    await left(all, device, ['left'])
    here.runtime.page.online = false
    const made = here.network.made
    here.runtime.page.signal('visible')
    await all.advance(1_000)
    expect(here.network.made).toBe(made)
  })

  it('JO-36 is shown to who opens the document while it is being sent, and arrives once', async () => {
    const all = world()
    const device = newDevice()
    const here = await elsewhere(all, device)
    await left(all, device, ['left'])
    cut(here)
    here.runtime.page.signal('visible')
    await all.advance(100)
    const document = here.client.open('doc')
    await all.advance(10_000)
    expect(text(document)).toBe('left ')
    expect(document.getSnapshot()).toMatchObject({ recovered: 1, unsavedChanges: 1 })
    here.network.heal()
    await all.advance(60_000)
    expect(document.getSnapshot().saveState).toBe('saved')
    expect([all.server.operations.length, identities(all).size]).toEqual([1, 1])
  })
})

describe('how many edits were recovered', () => {
  const recovered = (document: SheafDocument): number => document.getSnapshot().recovered

  it('JO-37 counts those of every tab that is gone', async () => {
    const all = world()
    const device = newDevice()
    await left(all, device, ['a', 'b', 'c'])
    // Not adopted by the second, since nobody may have two.
    const alive = all.tab('ada', device)
    await all.advance(0)
    expect(recovered(alive.document)).toBe(3)
    cut(alive)
    write(alive.document, 'own ')
    await left(all, device, ['d', 'e'])
    alive.network.heal()
    await all.advance(60_000)
    expect(wordsOf(text(all.server.content()))).toEqual(['a', 'b', 'c', 'd', 'e', 'own'])
    expect(recovered(alive.document)).toBe(5)
  })

  it('JO-37 counts several at one opening, and each once', async () => {
    const all = world()
    const device = newDevice()
    const dead = [1, 2, 3].map(() => all.tab('ada', device))
    await all.advance(0)
    for (const [index, tab] of dead.entries()) {
      cut(tab)
      for (let edits = 0; edits <= index; edits++) write(tab.document, `${index}${edits} `)
    }
    await all.advance(0)
    for (const { kill } of dead) kill()
    const { document } = all.tab('ada', device)
    await all.advance(10_000)
    expect(wordsOf(text(document))).toHaveLength(6)
    expect(recovered(document)).toBe(6)
  })

  it('JO-37 is not told again when the document is opened again, sent or not', async () => {
    const all = world()
    const device = newDevice()
    await left(all, device, ['a', 'b'])
    const tab = all.tab('ada', device)
    tab.network.partition()
    await all.advance(0)
    expect(recovered(tab.document)).toBe(2)
    write(tab.document, 'c ')
    const reopen = async (): Promise<SheafDocument> => {
      const closed = tab.client.open('doc').close()
      const closedToo = tab.document.close()
      await all.advance(10_000)
      await Promise.all([closed, closedToo])
      const document = tab.client.open('doc')
      await all.advance(0)
      return document
    }
    const again = await reopen()
    expect(again.getSnapshot()).toMatchObject({ recovered: 0, unsavedChanges: 3 })
    tab.network.heal()
    await all.advance(60_000)
    expect(again.getSnapshot()).toMatchObject({ recovered: 0, saveState: 'saved' })
    tab.kill()
    const { document } = all.tab('ada', device)
    await all.advance(1_000)
    expect(recovered(document)).toBe(0)
  })
})

describe('a document without a network', () => {
  type Trouble = 'the token never comes' | 'there is no token' | 'the socket hangs' | 'the socket is refused'

  async function kept(role: 'editor' | 'viewer' = 'editor'): Promise<{ all: World; device: Device }> {
    const all = world()
    const device = newDevice()
    const first = all.tab('ada', device)
    await all.advance(0)
    write(first.document, 'known ')
    await all.advance(0)
    all.server.grant('ada', role)
    await all.advance(5_000)
    cut(first)
    if (role === 'editor') write(first.document, 'unsent ')
    await all.advance(0)
    first.kill()
    return { all, device }
  }

  it.each<Trouble>(['the token never comes', 'there is no token', 'the socket hangs', 'the socket is refused'])(
    'JO-34 is opened with all that was written, and goes on being written, where %s',
    async (trouble) => {
      const { all, device } = await kept()
      let works = false
      const token = (): Promise<string> => {
        if (works || trouble.startsWith('the socket')) return Promise.resolve('ada')
        return trouble === 'there is no token' ? Promise.reject(new Error('offline')) : new Promise(() => undefined)
      }
      const tab = all.tab('ada', device, { token })
      if (trouble === 'the socket hangs') tab.network.partition()
      if (trouble === 'the socket is refused') all.server.kill()
      tab.runtime.page.online = false
      await all.advance(0)
      expect(tab.document.getSnapshot()).toMatchObject({
        loaded: true,
        editable: true,
        role: 'editor',
        connection: 'offline',
        recovered: 1,
        error: null,
      })
      expect(text(tab.document)).toBe('unsent known ')
      write(tab.document, 'more ')
      await all.advance(120_000)
      expect(tab.document.getSnapshot()).toMatchObject({ editable: true, connection: 'offline', error: null })
      works = true
      tab.network.heal()
      if (!all.server.isRunning) all.server.restart()
      tab.runtime.page.signal('online')
      await all.advance(60_000)
      expect(text(all.server.content())).toBe('more unsent known ')
      expect(tab.document.getSnapshot()).toMatchObject({ connection: 'connected', saveState: 'saved' })
    },
  )

  it('JO-33 is read-only for who might only read it, and remembers a right that came later', async () => {
    const { all, device } = await kept('viewer')
    const tab = all.tab('ada', device)
    tab.network.partition()
    await all.advance(0)
    expect(text(tab.document)).toBe('known ')
    expect(tab.document.getSnapshot()).toMatchObject({ loaded: true, role: 'viewer', editable: false })
    all.server.grant('ada', 'editor')
    tab.network.heal()
    await all.advance(60_000)
    expect(tab.document.getSnapshot()).toMatchObject({ role: 'editor', editable: true })
    const closed = tab.client.close()
    await all.advance(10_000)
    await closed
    const again = all.tab('ada', device)
    again.network.partition()
    await all.advance(0)
    expect(again.document.getSnapshot()).toMatchObject({ role: 'editor', editable: true })
  })

  it('JO-33 what was written with a right that is gone is refused and stays, and can be exported', async () => {
    const { all, device } = await kept()
    const tab = all.tab('ada', device)
    tab.network.partition()
    await all.advance(0)
    write(tab.document, 'late ')
    all.server.grant('ada', 'viewer')
    tab.network.heal()
    await all.advance(60_000)
    expect(tab.document.getSnapshot()).toMatchObject({ saveState: 'refused', unsavedChanges: 2, editable: false })
    expect((await tab.document.exportUnsaved()).length).toBeGreaterThan(0)
    expect(text(all.server.content())).toBe('known ')
    expect(text(tab.document)).toBe('late unsent known ')
  })

  it('JO-33 does not show to one user what another was shown', async () => {
    const { all, device } = await kept('viewer')
    await device.store.rememberPrincipal('grace')
    const grace = all.tab('grace', device)
    grace.network.partition()
    await all.advance(0)
    expect(grace.document.getSnapshot()).toMatchObject({ loaded: false, role: null })
    expect(text(grace.document)).toBe('')
  })

  it('JO-33 a state that was kept before the right was part of it is shown all the same', async () => {
    const { all, device } = await kept()
    const { reader: _reader, ...former } = (await device.store.readState('doc'))!
    const store = memoryDeviceStore()
    await store.writeState('doc', former)
    const tab = all.tab('ada', newDevice(store))
    tab.network.partition()
    await all.advance(0)
    expect(tab.document.getSnapshot()).toMatchObject({ loaded: true, editable: true, role: null })
  })
})
