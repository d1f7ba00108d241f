import { describe, expect, it } from 'vitest'
import { CONTENT_ROOT } from '@sheaf/protocol'
import * as Y from 'yjs'
import { shown, stored, type, until, untilShown } from './desk.ts'
import { Stage } from './stage.ts'

describe('rights and refusals', { timeout: 60_000 }, () => {
  it('LO-13 whose right is withdrawn stops in the same session, not at the next reconnect, and keeps the unsent words', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(2)
    const [owner, editor] = desks
    if (editor === undefined) throw new Error('two people')
    const tab = editor.tab()
    const document = tab.open(id)
    const witness = owner.tab().open(id)
    await until(document, (snapshot) => snapshot.connection === 'connected')
    type(document, 'allowed')
    await document.whenDurable()
    await untilShown(witness, 'allowed')
    editor.network.hold('to server')
    type(document, ' and typed too late')
    await document.flush()
    await owner.api.share(id, editor.api.session.user.email, 'viewer')
    await until(document, (snapshot) => !snapshot.editable)
    editor.network.deliver()
    await until(document, (snapshot) => snapshot.saveState === 'refused')
    expect(document.getSnapshot()).toMatchObject({ unsavedChanges: 1, role: 'viewer', connection: 'connected' })
    expect(tab.sockets.ever).toBe(1)
    expect([shown(witness), await stored(owner.api, id)]).toEqual(['allowed', 'allowed'])
    const kept = new Y.Doc()
    Y.applyUpdateV2(kept, Y.mergeUpdatesV2([await owner.api.content(id), await document.exportUnsaved()]))
    expect(kept.getXmlFragment(CONTENT_ROOT).toString()).toContain('allowed and typed too late')
  })

  it('LO-16 an edit that is too large is refused once, in words; it is no reason to reconnect, and others go on', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(2)
    const [ada, bo] = desks
    if (bo === undefined) throw new Error('two people')
    const tab = ada.tab()
    const document = tab.open(id)
    const other = bo.tab().open(id)
    await until(document, (snapshot) => snapshot.connection === 'connected')
    await until(other, (snapshot) => snapshot.connection === 'connected')
    const size = 5 * 1024 * 1024
    type(document, 'x'.repeat(size))
    await document.flush()
    await until(document, (snapshot) => snapshot.saveState === 'refused')
    expect(document.getSnapshot().error).toMatchObject({ code: 'refused', rejection: 'too-large' })
    type(other, 'meanwhile')
    await other.whenDurable()
    await untilShown(document, 'meanwhile')
    expect(tab.sockets).toEqual({ ever: 1, now: 1 })
    expect((await document.exportUnsaved()).length).toBeGreaterThan(size)
    await document.discardUnsaved()
    const again = tab.open(id)
    await untilShown(again, 'meanwhile')
    type(again, ', and on')
    await again.whenDurable()
    expect(await stored(ada.api, id)).toBe('meanwhile, and on')
  })
})
