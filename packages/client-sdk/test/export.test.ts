import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { describeSaveStatus, exportContent } from '../src/index.ts'
import type { SheafDocument } from '../src/index.ts'
import { newDevice, text, world, write } from './support/world.ts'
import type { Tab, World } from './support/world.ts'

const read = (update: Uint8Array): string => {
  const doc = new Y.Doc()
  Y.applyUpdateV2(doc, update)
  return text(doc)
}

const both = async (document: SheafDocument): Promise<[content: string, unsaved: number]> => [
  read(exportContent(document)),
  Y.decodeUpdateV2(await document.exportUnsaved()).structs.length,
]

/** A document with what somebody else wrote and an edit that is not committed. */
async function opened(): Promise<{ all: World; tab: Tab; device: ReturnType<typeof newDevice> }> {
  const all = world()
  const device = newDevice()
  all.server.somebodyWrites('theirs')
  const tab = all.tab('ada', device)
  await all.advance(5_000)
  all.server.stall()
  write(tab.document, 'mine and ')
  await all.advance(0)
  return { all, tab, device }
}

describe('a document that cannot be saved any more', () => {
  it.each([
    ['every right is gone', ({ server }: World) => server.tell({ kind: 'access', role: null })],
    ['the right to edit is gone', ({ server }: World) => server.tell({ kind: 'access', role: 'viewer' })],
    ['it was deleted', ({ server }: World) => server.tell({ kind: 'documentDeleted' })],
  ])('DO-35 can be exported as it is seen, and its edits apart, when %s', async (_name, happen) => {
    const { all, tab } = await opened()
    happen(all)
    await all.advance(0)
    expect(tab.document.getSnapshot()).toMatchObject({ saveState: 'refused', editable: false })
    expect(await both(tab.document)).toEqual(['mine and theirs', 1])
    const closed = tab.document.close({ timeoutMs: 0 })
    await all.advance(0)
    await closed
    expect(await both(tab.document)).toEqual(['mine and theirs', 1])
  })

  it('DO-35 while the device has nothing of it any more', async () => {
    const { all, tab, device } = await opened()
    expect(await device.store.readState('doc')).not.toBe(null)
    all.server.tell({ kind: 'access', role: null })
    await all.advance(0)
    expect(await device.store.readState('doc')).toBe(null)
    expect(read(exportContent(tab.document))).toBe('mine and theirs')
  })
})

describe('a server that was set back', () => {
  async function setBack() {
    const opened = await openedAndSaved()
    const { all, tab } = opened
    tab.network.partition()
    tab.network.cut()
    write(tab.document, 'unsent, ')
    await all.advance(0)
    all.server.setBack('doc', 1)
    const sent = all.server.heardOf('operation').length
    tab.network.heal()
    await all.advance(60_000)
    return { ...opened, sent }
  }

  async function openedAndSaved() {
    const all = world()
    const device = newDevice()
    const tab = all.tab('ada', device)
    await all.advance(0)
    for (const word of ['two ', 'one ']) {
      write(tab.document, word)
      await all.advance(5_000)
    }
    return { all, tab, device }
  }

  it('DO-36 is told from one that is up to date, in words, and nothing is sent to it', async () => {
    const { all, tab, sent } = await setBack()
    const snapshot = tab.document.getSnapshot()
    expect(snapshot).toMatchObject({
      connection: 'closed',
      saveState: 'refused',
      editable: false,
      unsavedChanges: 1,
      error: { code: 'server-behind', retry: 'never' },
    })
    expect(describeSaveStatus(snapshot).text).toContain('server was set back')
    expect(all.server.heardOf('operation')).toHaveLength(sent)
    expect(await both(tab.document)).toEqual(['unsent, one two ', 1])
  })

  it('DO-36 is told at each visit, until what is here is discarded', async () => {
    const { all, tab, device } = await setBack()
    tab.kill()
    const next = all.tab('ada', device)
    await all.advance(1_000)
    expect(next.document.getSnapshot().error?.code).toBe('server-behind')
    expect(text(next.document)).toBe('unsent, one two ')
    const discarded = next.document.discardUnsaved()
    await all.advance(1_000)
    await discarded
    const fresh = next.client.open('doc')
    await all.advance(1_000)
    expect(fresh.getSnapshot()).toMatchObject({ connection: 'connected', saveState: 'saved', error: null })
    expect(text(fresh)).toBe(text(all.server.content()))
    write(fresh, 'new ')
    await all.advance(1_000)
    expect(fresh.getSnapshot().saveState).toBe('saved')
  })

  it('DO-36 is no matter where this device has no more than the server', async () => {
    const { all, tab, device } = await openedAndSaved()
    tab.kill()
    await device.store.forgetState('doc')
    all.server.setBack('doc', 1)
    const next = all.tab('ada', device)
    await all.advance(1_000)
    expect(next.document.getSnapshot()).toMatchObject({ connection: 'connected', error: null })
  })
})
