import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { sheafCommand, sheafEnvironment } from '../faults/sheaf-command.ts'
import { shown, stored, type, until, untilShown } from './desk.ts'
import { Stage } from './stage.ts'

const run = promisify(execFile)

describe('opening a document', { timeout: 60_000 }, () => {
  it('LO-10 no socket can be had: what the device knows is shown, what it does not know is never shown as empty', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(2)
    const [ada, bo] = desks
    if (bo === undefined) throw new Error('two people')
    const first = ada.tab()
    const opened = first.open(id)
    await until(opened, (snapshot) => snapshot.connection === 'connected')
    type(opened, 'known here')
    await opened.whenDurable()
    await first.client.close()
    ada.network.cut()
    bo.network.cut()

    const again = ada.tab().open(id)
    await again.whenLoaded()
    expect(shown(again)).toBe('known here')
    expect(again.getSnapshot()).toMatchObject({ loaded: true, editable: true, saveState: 'saved' })
    type(again, ', and added')

    const tab = bo.tab()
    const never = tab.open(id)
    await expect.poll(() => tab.sockets.ever).toBeGreaterThan(1)
    expect(never.getSnapshot()).toMatchObject({ loaded: false, editable: false })

    ada.network.heal()
    bo.network.heal()
    await again.whenDurable()
    await never.whenLoaded()
    await untilShown(never, 'known here, and added')
    expect(await stored(ada.api, id)).toBe('known here, and added')
  })

  it('LO-11 the log was trimmed while somebody was away: their words and all others are there', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(2)
    const [ada, bo] = desks
    if (bo === undefined) throw new Error('two people')
    const before = ada.tab()
    const away = before.open(id)
    await until(away, (snapshot) => snapshot.connection === 'connected')
    type(away, 'start ')
    await away.whenDurable()
    ada.network.cut()
    await until(away, (snapshot) => snapshot.connection !== 'connected')
    type(away, '[written on the journey]')
    await away.flush()
    before.die()

    const tab = bo.tab()
    const here = tab.open(id)
    await untilShown(here, 'start')
    for (const name of ['one', 'two', 'three']) {
      for (let number = 1; number <= 10; number++) {
        type(here, `<${name} ${number}>`)
        await here.whenDurable()
      }
      await bo.api.createVersion(id, name)
    }
    await tab.client.close()
    await stage.server.stop()
    const { stderr } = await run(process.execPath, [...sheafCommand('source'), 'compact', '--keep-days', '0'], {
      env: { ...sheafEnvironment(stage.folder, 0), SHEAF_LOG_LEVEL: 'info' },
    })
    expect(stderr).toMatch(/[1-9]\d* operations/)
    await stage.server.start()

    ada.network.heal()
    const back = ada.tab().open(id)
    await back.whenDurable()
    await untilShown(back, '<three 10>')
    const text = await stored(ada.api, id)
    expect(text).toBe(shown(back))
    expect(text.split('[written on the journey]')).toHaveLength(2)
    for (const name of ['one', 'two', 'three'])
      for (let number = 1; number <= 10; number++) expect(text.split(`<${name} ${number}>`)).toHaveLength(2)
  })

  it('LO-12 five people open a new document with content at once: the content is there once', async () => {
    const stage = await Stage.open()
    const desks = await Promise.all(Array.from({ length: 5 }, () => stage.person()))
    const [owner, ...others] = desks
    if (owner === undefined) throw new Error('five people')
    const content = {
      type: 'doc',
      content: [{ type: 'paragraph', content: [{ type: 'text', text: 'The beginning.' }] }],
    }
    const { id } = await owner.api.call<{ id: string }>('POST', '/v1/documents', { title: 'New', content })
    for (const other of others) await owner.api.share(id, other.api.session.user.email, 'editor')
    const documents = desks.map((desk) => desk.tab().open(id))
    await Promise.all(documents.map((document) => document.whenLoaded()))
    documents.forEach((document, number) => type(document, `[${number}]`))
    await Promise.all(documents.map((document) => document.whenDurable()))
    for (const document of documents)
      await Promise.all(documents.map((_, number) => untilShown(document, `[${number}]`)))
    for (const document of documents) expect(shown(document).split('The beginning.')).toHaveLength(2)
    expect(await stored(owner.api, id)).toBe(shown(documents[0] ?? documents[1]!))
  })

  it('LO-25 what is written through the API while people type reaches them, and their words stay', async () => {
    const stage = await Stage.open()
    const { id, desks } = await stage.together(2)
    const [ada, bo] = desks
    if (bo === undefined) throw new Error('two people')
    const [first, second] = [ada.tab().open(id), bo.tab().open(id)]
    await until(first, (snapshot) => snapshot.connection === 'connected')
    await until(second, (snapshot) => snapshot.connection === 'connected')
    type(first, 'The old text.')
    await first.whenDurable()
    await untilShown(second, 'The old text.')
    const version = await ada.api.createVersion(id, 'old')
    type(second, ' A later sentence.')
    await second.whenDurable()
    const restoring = ada.api.call('POST', `/v1/documents/${id}/versions/${version.id}/restore`)
    for (let number = 1; number <= 10; number++) {
      type(first, `<a${number}>`)
      type(second, `<b${number}>`)
    }
    await restoring
    await Promise.all([first.whenDurable(), second.whenDurable()])
    await untilShown(first, '<b10>')
    await untilShown(second, '<a10>')
    await expect.poll(() => shown(first)).not.toContain('A later sentence.')
    await expect.poll(() => shown(second)).toBe(shown(first))
    const text = await stored(ada.api, id)
    expect(text).toBe(shown(first))
    expect(text.startsWith('The old text.')).toBe(true)
    for (let number = 1; number <= 10; number++)
      for (const person of ['a', 'b']) expect(text.split(`<${person}${number}>`)).toHaveLength(2)
  })
})
