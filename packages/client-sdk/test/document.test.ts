import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { SheafDocument } from '../src/index.ts'
import { text, world, write } from './support/world.ts'

const status = (document: SheafDocument): string => {
  const { connection, saveState, unsavedChanges } = document.getSnapshot()
  return `${connection} ${saveState} ${unsavedChanges}`
}

/** Whether a promise has resolved, rejected (with which code) or neither. */
async function outcome(promise: Promise<unknown>, settle: () => Promise<void>): Promise<string> {
  let result = 'pending'
  promise.then(
    () => (result = 'resolved'),
    (error: { code?: string }) => (result = error.code ?? String(error)),
  )
  await settle()
  return result
}

describe('loading and editing together', () => {
  it('DO-1 loads what the server has', async () => {
    const { server, open, settle } = world()
    server.somebodyWrites('hello')
    const document = open('ada')
    expect(document.getSnapshot()).toMatchObject({
      connection: 'connecting',
      loaded: false,
      editable: false,
      role: null,
    })
    await document.whenLoaded()
    expect(text(document)).toBe('hello')
    await settle()
    expect(document.getSnapshot()).toMatchObject({
      connection: 'connected',
      loaded: true,
      editable: true,
      role: 'editor',
    })
  })

  it('DO-2 edits reach everybody else, and all end equal', async () => {
    const { open, settle, server } = world()
    const people = [open('ada'), open('grace'), open('alan')]
    await settle()
    people.forEach((document, index) => write(document, `${index} `))
    await settle()
    expect(new Set(people.map((document) => text(document))).size).toBe(1)
    expect(text(server.content())).toBe(text(people[0]!))
    expect(people.map(status)).toEqual(['connected saved 0', 'connected saved 0', 'connected saved 0'])
  })

  it('DO-3 formats that others write at once are tidied by nobody who did not write', async () => {
    const { server, open, settle } = world()
    const [ada, grace, reader] = [open('ada'), open('grace'), open('alan')]
    await settle()
    write(ada, 'hello world')
    await settle()
    const before = server.operations.length
    for (const document of [ada, grace]) {
      const paragraph = document.ydoc.getXmlFragment('content').get(0) as Y.XmlText
      paragraph.format(0, 5, { strong: {} })
    }
    await settle()
    expect(server.operations.length).toBe(before + 2)
    expect([ada, grace, reader].map((document) => status(document))).toEqual(Array(3).fill('connected saved 0'))
    expect(new Set([ada, grace, reader].map(({ ydoc }) => ydoc.getXmlFragment('content').toString())).size).toBe(1)
  })

  it('DO-3 what came from the server is never sent back', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    server.somebodyWrites('hello')
    await settle()
    expect(text(document)).toBe('hello')
    expect(server.heardOf('operation')).toEqual([])
    expect(document.getSnapshot().unsavedChanges).toBe(0)
  })

  it('DO-4 typing goes out as one operation when it pauses, with the vector that its bytes advance', async () => {
    const { server, advance, tab } = world()
    const { document } = tab('ada', undefined, { batching: {} })
    await advance(0)
    for (const char of 'hey') {
      write(document, char)
      await advance(50)
    }
    expect(server.heardOf('operation')).toEqual([])
    expect(status(document)).toBe('connected saving 3')
    await advance(200)
    expect(server.heardOf('operation')).toMatchObject([
      { counter: 1, baseSeq: 0, versionVector: [[document.ydoc.clientID, 4]] },
    ])
    expect(status(document)).toBe('connected saved 0')
  })

  it('DO-5 a state that comes packed is unpacked, and what comes meanwhile waits its turn', async () => {
    const { server, open, settle } = world({ deflate: (bytes) => new Uint8Array(deflateRawSync(bytes)) })
    server.somebodyWrites('one ')
    const document = open('ada')
    await settle()
    server.somebodyWrites('two ')
    await settle()
    expect(text(document)).toBe('two one ')
  })

  it('DO-6 operations that arrive together change the document once', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    let changes = 0
    document.ydoc.on('afterTransaction', () => (changes += 1))
    for (const word of ['a', 'b', 'c']) server.somebodyWrites(word)
    await settle()
    expect(text(document)).toBe('cba')
    expect(changes).toBe(1)
  })

  it('DO-7 a remote change is never applied inside a local transaction', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    const origins: boolean[] = []
    document.ydoc.on('afterTransaction', (transaction: Y.Transaction) => origins.push(transaction.local))
    server.somebodyWrites('theirs ')
    write(document, 'mine ')
    await settle()
    expect(origins).toEqual([true, false])
    expect(server.heardOf('operation')[0]?.versionVector).toHaveLength(1)
  })
})

describe('what is missing', () => {
  it('DO-8 a gap in seq is asked for, and nothing behind it is applied before', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    server.ignore(() => true)
    server.skipTelling()
    server.somebodyWrites('lost ')
    server.somebodyWrites('next ')
    await settle()
    expect(text(document)).toBe('')
    server.ignore(() => false)
    server.tell({
      kind: 'state',
      seq: 2,
      parts: server.operations.map(({ update }) => ({ encoding: 'plain', update })),
    })
    await settle()
    expect(text(document)).toBe('next lost ')
  })

  it('DO-9 asks with what it has, and goes on after the answer', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    server.somebodyWrites('one ')
    server.skipTelling()
    server.somebodyWrites('lost ')
    server.somebodyWrites('three ')
    await settle()
    expect(server.heardOf('sync').map(({ lastSeq }) => lastSeq)).toEqual([1])
    expect(text(document)).toBe('three lost one ')
    server.somebodyWrites('four ')
    await settle()
    expect(text(document)).toBe('four three lost one ')
    expect(server.heardOf('sync')).toHaveLength(1)
  })

  it('DO-10 own commits take their places in the order: no gap is seen beside them', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    for (const round of [1, 2, 3]) {
      write(document, `${round}`)
      await settle()
      server.somebodyWrites('-')
      await settle()
    }
    expect(text(document)).toBe('-3-2-1')
    expect(server.heardOf('sync')).toEqual([])
  })

  it('DO-11 an operation that comes twice is there once', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    server.somebodyWrites('once')
    server.tell({ kind: 'operation', ...server.operations[0]! })
    await settle()
    expect(text(document)).toBe('once')
    expect(server.heardOf('sync')).toEqual([])
  })
})

describe('saved', () => {
  it('DO-12 is shown only when every edit is committed', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    server.stall()
    write(document, 'a')
    write(document, 'b')
    const durable = document.whenDurable()
    expect(await outcome(durable, settle)).toBe('pending')
    expect(status(document)).toBe('connected saving 2')
    server.resume()
    await durable
    expect(status(document)).toBe('connected saved 0')
  })

  it('DO-12 is true of the edits made so far, whatever is written on', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    write(document, 'a')
    const durable = document.whenDurable()
    await settle()
    server.stall()
    write(document, 'b')
    expect(await outcome(durable, settle)).toBe('resolved')
    expect(status(document)).toBe('connected saving 1')
  })

  it('DO-13 an acknowledgement that got lost is made up for: the same operation goes out again', async () => {
    const { server, tab, advance } = world()
    const { document, network } = tab('ada')
    await advance(0)
    network.hold('down')
    write(document, 'once')
    await advance(0)
    expect([server.seq, status(document)]).toEqual([1, 'connected saving 1'])
    network.cut()
    network.heal()
    await advance(1)
    expect([server.seq, status(document), text(server.content())]).toEqual([1, 'connected saved 0', 'once'])
  })

  it('DO-14 a server that dies with what it received gets it again', async () => {
    const { server, tab, advance } = world()
    const { document } = tab('ada')
    await advance(0)
    server.stall()
    write(document, 'once')
    await advance(0)
    const first = server.heardOf('operation')[0]!
    server.restart()
    await advance(1)
    expect(server.heardOf('operation')[1]).toEqual(first)
    expect(status(document)).toBe('connected saved 0')
  })

  it('DO-15 edits without a connection are kept, counted, and sent when it is back', async () => {
    const { server, tab, advance } = world()
    const { document, network, runtime } = tab('ada')
    await advance(0)
    network.partition()
    runtime.page.signal('offline')
    for (const word of ['a', 'b', 'c']) write(document, word)
    await advance(100)
    expect(status(document)).toBe('offline unsaved 3')
    network.heal()
    runtime.page.signal('online')
    await advance(0)
    expect(status(document)).toBe('connected saved 0')
    expect(text(server.content())).toBe('cba')
  })

  it('DO-16 10,000 edits without a connection arrive as operations of at most 200', async () => {
    const { server, tab, advance } = world()
    const { document, network, runtime } = tab('ada')
    await advance(0)
    network.partition()
    runtime.page.signal('offline')
    for (let edit = 0; edit < 10_000; edit++) write(document, 'x')
    await advance(0)
    network.heal()
    runtime.page.signal('online')
    await document.whenDurable()
    expect(server.operations).toHaveLength(50)
    expect(text(server.content())).toHaveLength(10_000)
    expect(status(document)).toBe('connected saved 0')
  })

  it('DO-17 edits made before the document is loaded are sent too', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    write(document, 'early')
    expect(document.getSnapshot().unsavedChanges).toBe(1)
    await settle()
    expect(text(server.content())).toBe('early')
    expect(status(document)).toBe('connected saved 0')
  })
})

describe('refused', () => {
  it('DO-18 a refused edit stays, makes the document read-only, says why and can be exported', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    server.refuse('ada', 'structure')
    write(document, 'no good')
    expect(await outcome(document.whenDurable(), settle)).toBe('refused')
    expect(document.getSnapshot()).toMatchObject({
      saveState: 'refused',
      unsavedChanges: 1,
      editable: false,
      error: { code: 'refused', rejection: 'structure' },
    })
    const exported = new Y.Doc()
    Y.applyUpdateV2(exported, await document.exportUnsaved())
    expect(text(exported)).toBe('no good')
  })

  it('DO-19 an edit larger than the server takes is not sent at all', async () => {
    const { server, open, settle } = world({ maxUpdateBytes: 100 })
    const document = open('ada')
    await settle()
    write(document, 'x'.repeat(200))
    await settle()
    expect(server.heardOf('operation')).toEqual([])
    expect(document.getSnapshot()).toMatchObject({ saveState: 'refused', error: { rejection: 'too-large' } })
  })

  it('DO-20 a right that is withdrawn holds the edits back until it is given again', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    server.tell({ kind: 'access', role: 'viewer' })
    await settle()
    expect(document.getSnapshot()).toMatchObject({ role: 'viewer', editable: false, saveState: 'saved', error: null })
    write(document, 'held')
    await settle()
    expect(server.heardOf('operation')).toEqual([])
    expect(document.getSnapshot()).toMatchObject({ saveState: 'refused', error: { rejection: 'not-allowed' } })
    server.tell({ kind: 'access', role: 'editor' })
    await settle()
    expect(status(document)).toBe('connected saved 0')
  })

  it('DO-21 what was refused for want of the right is tried again when the right is back', async () => {
    const { server, open, settle } = world()
    const document = open('ada')
    await settle()
    server.refuse('ada', 'not-allowed')
    write(document, 'again')
    await settle()
    expect(document.getSnapshot().saveState).toBe('refused')
    server.tell({ kind: 'access', role: 'editor' })
    await settle()
    expect(text(server.content())).toBe('again')
    expect(status(document)).toBe('connected saved 0')
  })

  it('DO-22 when every right is withdrawn or the document is deleted it closes, and the edits can be exported', async () => {
    for (const [frame, code] of [
      [{ kind: 'access', role: null }, 'forbidden'],
      [{ kind: 'documentDeleted' }, 'document-deleted'],
    ] as const) {
      const { server, open, settle } = world()
      const document = open('ada')
      await settle()
      server.stall()
      write(document, 'kept')
      await settle()
      server.tell(frame)
      expect(await outcome(document.whenDurable(), settle)).toBe(code)
      expect(document.getSnapshot()).toMatchObject({ connection: 'closed', saveState: 'refused', error: { code } })
      const exported = new Y.Doc()
      Y.applyUpdateV2(exported, await document.exportUnsaved())
      expect(text(exported)).toBe('kept')
    }
  })

  it('DO-23 a document of another schema is read-only, and nothing is sent', async () => {
    const { server, open, settle } = world({ schemaId: 'other-9' })
    const document = open('ada')
    await settle()
    write(document, 'x')
    await settle()
    expect(document.getSnapshot()).toMatchObject({ editable: false, error: { code: 'schema-mismatch' } })
    expect(server.heardOf('operation')).toEqual([])
  })

  it('DO-24 a document that does not exist says so', async () => {
    const { server, open, settle } = world()
    server.delete('doc')
    const document = open('ada')
    expect(await outcome(document.whenLoaded(), settle)).toBe('not-found')
    expect(document.getSnapshot()).toMatchObject({ connection: 'closed', error: { code: 'not-found' } })
  })

  it('DO-25 discarding gives refused edits up, and the next visit starts clean', async () => {
    const { server, tab, settle } = world()
    const { document, client } = tab('ada')
    await settle()
    server.refuse('ada', 'structure')
    write(document, 'no good')
    await settle()
    const discarded = document.discardUnsaved()
    await settle()
    await discarded
    const again = client.open('doc')
    await settle()
    expect(again).not.toBe(document)
    expect(again.getSnapshot()).toMatchObject({ saveState: 'saved', recovered: 0, error: null })
    expect(text(again)).toBe('')
  })
})

describe('the snapshot', () => {
  it('DO-26 is the same object until something changes, and listeners hear of it once for all changes together', async () => {
    const { open, settle } = world()
    const document = open('ada')
    await settle()
    let calls = 0
    const end = document.subscribe(() => (calls += 1))
    const before = document.getSnapshot()
    expect(document.getSnapshot()).toBe(before)
    for (const word of ['a', 'b', 'c']) write(document, word)
    expect(document.getSnapshot()).not.toBe(before)
    expect(document.getSnapshot()).toBe(document.getSnapshot())
    expect(document.getSnapshot().unsavedChanges).toBe(3)
    expect(calls).toBe(0)
    await settle()
    expect(calls).toBeGreaterThan(0)
    expect(calls).toBeLessThanOrEqual(2)
    end()
    const after = calls
    write(document, 'd')
    await settle()
    expect(calls).toBe(after)
  })

  it('DO-27 a lost connection is shown as reconnecting, and the content stays', async () => {
    const { server, tab, advance } = world()
    server.somebodyWrites('here')
    const { document } = tab('ada')
    await advance(0)
    server.kill()
    await advance(5_000)
    expect(status(document)).toBe('reconnecting saved 0')
    expect([text(document), document.getSnapshot().loaded]).toEqual(['here', true])
    server.restart()
    await advance(30_000)
    expect(status(document)).toBe('connected saved 0')
  })
})

describe('closing', () => {
  it('DO-28 the same id is the same document until each open is met by a close', async () => {
    const { tab, advance } = world()
    const { client, document } = tab('ada')
    expect(client.open('doc')).toBe(document)
    await document.close()
    await advance(10)
    expect(document.getSnapshot().connection).toBe('connected')
    const closed = document.close()
    await advance(10)
    await closed
    expect(document.getSnapshot().connection).toBe('closed')
    expect(client.open('doc')).not.toBe(document)
  })

  it('DO-29 closing and opening in the same moment goes on with the same session', async () => {
    const { tab, advance } = world()
    const { client, document, network } = tab('ada')
    await advance(0)
    const closed = document.close()
    expect(client.open('doc')).toBe(document)
    await advance(10)
    await closed
    expect(network.made).toBe(1)
    expect(document.getSnapshot().connection).toBe('connected')
  })

  it('DO-30 closing waits for what is on its way, and a document opened meanwhile works', async () => {
    const { server, tab, advance } = world()
    const { client, document } = tab('ada', undefined, { batching: {} })
    await advance(0)
    server.stall()
    write(document, 'last words ')
    const closed = document.close()
    await advance(1)
    const again = client.open('doc')
    expect(again).not.toBe(document)
    server.resume()
    await advance(1)
    await closed
    write(again, 'first words ')
    await advance(300)
    expect(text(server.content())).toBe('first words last words ')
    expect(text(again)).toBe(text(server.content()))
    expect(document.getSnapshot().connection).toBe('closed')
  })

  it('DO-31 closing does not wait for ever', async () => {
    const { server, tab, advance } = world()
    const { document } = tab('ada')
    await advance(0)
    server.ignore(() => true)
    write(document, 'lost?')
    let closed = false
    void document.close({ timeoutMs: 1_000 }).then(() => (closed = true))
    await advance(999)
    expect(closed).toBe(false)
    await advance(2)
    expect(closed).toBe(true)
  })

  it('DO-32 nothing runs on after the client is closed', async () => {
    const { tab, advance, clock } = world()
    const { client, network } = tab('ada')
    await advance(0)
    const closed = client.close()
    await advance(10)
    await closed
    expect([clock.timers, network.open]).toEqual([0, 0])
  })

  it('DO-33 leaving the page sends what is gathered', async () => {
    for (const signal of ['blur', 'hidden', 'pagehide'] as const) {
      const { server, tab, advance } = world()
      const { document, runtime } = tab('ada', undefined, { batching: {} })
      await advance(0)
      write(document, 'x')
      runtime.page.signal(signal)
      await advance(0)
      expect(text(server.content())).toBe('x')
    }
  })
})
