import { describe, expect, it } from 'vitest'
import type * as Y from 'yjs'
import { DOC, World, docOf, freshText, paragraph } from './support/world.ts'

const ADA = { id: 'ada', name: 'Ada' }
const textOf = (fragment: Y.XmlFragment, block: number): Y.XmlText =>
  (fragment.get(block) as Y.XmlElement).get(0) as Y.XmlText

async function open(...texts: string[]) {
  const world = new World()
  await world.create(docOf(...texts))
  const ada = await world.join('ada')
  const bob = await world.join('bob')
  return { world, ada, bob, versions: world.rooms.versions }
}

describe('versions', () => {
  it('VE-1 a document begins with its initial version, seeded once by the server', async () => {
    const { world, ada, bob } = await open('one', 'two')
    expect(await world.stores.versions.list(DOC, { limit: 10 })).toMatchObject([
      { kind: 'initial', seq: 1, authorIds: ['ada'] },
    ])
    expect(ada.text).toBe(bob.text)
    expect(JSON.parse(ada.text)).toEqual(docOf('one', 'two'))
    const empty = new World()
    await empty.create()
    expect(await empty.stores.versions.list(DOC, { limit: 10 })).toMatchObject([{ kind: 'initial', seq: 0 }])
    expect(await freshText(empty)).toBe('{"type":"doc","content":[]}')
  })

  it('VE-2 content from outside that is no document is refused, and nothing is stored', async () => {
    const deep = (levels: number): unknown =>
      levels === 0 ? paragraph('x') : { type: 'blockquote', content: [deep(levels - 1)] }
    const bad: unknown[] = [
      'text',
      [],
      { type: 'paragraph' },
      { type: 'doc', content: 'x' },
      { type: 'doc', content: [{ type: 'text', text: 'loose' }] },
      { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: '' }] }] },
      { type: 'doc', content: [{ type: 5 }] },
      { type: 'doc', content: [{ type: '<script>' }] },
      { type: 'doc', content: [{ type: 'image', attrs: { src: 'javascript:alert(1)' } }] },
      { type: 'doc', content: [{ type: 'paragraph', attrs: JSON.parse('{"__proto__":{"x":1}}') }] },
      {
        type: 'doc',
        content: [
          {
            type: 'paragraph',
            content: [{ type: 'text', text: 'x', marks: [{ type: 'link', attrs: { href: 'java\nscript:alert(1)' } }] }],
          },
        ],
      },
      { type: 'doc', content: [deep(101)] },
    ]
    const world = new World()
    for (const content of bad) await expect(world.create(content)).rejects.toMatchObject({ code: 'bad-content' })
    expect(world.stores.writes.size).toBe(0)
  })

  it('VE-3 a named version keeps the document as it is now, and can be opened, renamed and listed', async () => {
    const { world, ada, versions } = await open('one')
    ada.write('two')
    await world.pass()
    const named = await versions.create(DOC, 'Before the meeting', ADA)
    expect(named).toMatchObject({ kind: 'named', name: 'Before the meeting', seq: 2, authorIds: ['ada'] })
    ada.write('three')
    await world.pass()
    expect(await versions.open(DOC, named.id, 'json')).toEqual({ format: 'json', content: docOf('one', 'two') })
    expect(await versions.open(DOC, named.id, 'html')).toEqual({ format: 'html', text: '<p>one</p><p>two</p>' })
    expect(await versions.open(DOC, named.id, 'markdown')).toEqual({ format: 'markdown', text: 'one\n\ntwo\n' })
    expect((await versions.rename(DOC, named.id, 'After')).name).toBe('After')
    const { items, nextCursor } = await versions.list(DOC, { limit: 1 })
    expect(items.map(({ name }) => name)).toEqual(['After'])
    const rest = await versions.list(DOC, { limit: 5, before: nextCursor ?? '' })
    expect(rest).toMatchObject({ items: [{ kind: 'initial' }], nextCursor: null })
  })

  it('VE-4 a version of another document is not found', async () => {
    const { world, versions } = await open('one')
    await world.rooms.createDocument({ id: 'other', title: '', schemaId: '', content: null, createdBy: 'ada' })
    const [foreign] = await world.stores.versions.list('other', { limit: 1 })
    for (const call of [
      versions.get(DOC, foreign!.id),
      versions.open(DOC, foreign!.id, 'json'),
      versions.rename(DOC, foreign!.id, 'x'),
      versions.restore(DOC, foreign!.id, ADA),
      versions.compare(DOC, foreign!.id, null),
    ])
      await expect(call).rejects.toMatchObject({ code: 'not-found' })
  })

  it('VE-5 a restore is a new operation by the server: everybody is told, history only grows, a version marks it', async () => {
    const { world, ada, bob, versions } = await open('one', 'two')
    const before = ada.text
    const old = await versions.create(DOC, 'old', ADA)
    ada.write('three')
    bob.edit((fragment) => fragment.delete(0, 1))
    await world.pass()
    const restoring = versions.restore(DOC, old.id, ADA)
    await world.pass()
    expect(await restoring).toEqual({ seq: 4 })
    expect(ada.text).toBe(before)
    expect(bob.text).toBe(before)
    const [stored] = await world.stores.operations.read(DOC, 3, 1)
    expect(stored).toMatchObject({ authorId: 'ada', seq: 4 })
    expect([ada.replicaId, bob.replicaId]).not.toContain(stored?.replicaId)
    expect((await versions.list(DOC, { limit: 1 })).items).toMatchObject([{ kind: 'restore', seq: 4 }])
    expect(bob.wire.of('versionCreated').length).toBeGreaterThan(0)
    expect(await freshText(world)).toBe(before)
  })

  it('VE-6 whoever types during a restore keeps typing: what is equal keeps its identity, and changed text is changed in place', async () => {
    const { world, ada, bob, versions } = await open('first stays', 'second is changed', 'third stays')
    const old = await versions.create(DOC, 'old', ADA)
    ada.edit((fragment) => textOf(fragment, 1).insert(7, 'paragraph '))
    await world.pass()
    const [first, second] = [bob.fragment.get(0), bob.fragment.get(1)]
    // Typed while the restore is on its way, into an equal block and into a changed one.
    const restoring = versions.restore(DOC, old.id, ADA)
    bob.edit((fragment) => textOf(fragment, 0).insert(0, 'my '))
    bob.edit((fragment) => textOf(fragment, 1).insert(0, 'my '))
    await world.pass()
    await restoring
    expect(bob.fragment.get(0)).toBe(first)
    expect(bob.fragment.get(1)).toBe(second)
    expect(JSON.parse(bob.text)).toEqual(docOf('my first stays', 'my second is changed', 'third stays'))
    expect(ada.text).toBe(bob.text)
  })

  it('VE-7 a restore of what is there already writes no operation', async () => {
    const { world, versions } = await open('one')
    const old = await versions.create(DOC, 'old', ADA)
    expect(await versions.restore(DOC, old.id, ADA)).toEqual({ seq: 1 })
    expect(await world.stores.operations.head(DOC)).toBe(1)
  })

  it('VE-8 several restores at once follow each other, and the server claims a client id like everybody', async () => {
    const { world, ada, versions } = await open('one')
    const one = await versions.create(DOC, 'one', ADA)
    ada.write('two')
    await world.pass()
    const two = await versions.create(DOC, 'two', ADA)
    const all = Promise.all([
      versions.restore(DOC, one.id, ADA),
      versions.restore(DOC, two.id, ADA),
      versions.restore(DOC, one.id, ADA),
    ])
    await world.pass(50)
    await all
    expect(JSON.parse(ada.text)).toEqual(docOf('one'))
    expect(await freshText(world)).toBe(ada.text)
    expect(world.alarms).toEqual([])
  })

  it('VE-9 a restore whose append fails is reported, and the document is as it was', async () => {
    const { world, ada, versions } = await open('one')
    const old = await versions.create(DOC, 'old', ADA)
    ada.write('two')
    await world.pass()
    world.stores.failNextAppend('fail')
    const restoring = versions.restore(DOC, old.id, ADA)
    const failed = expect(restoring).rejects.toMatchObject({ code: 'unavailable' })
    await world.pass()
    await failed
    expect(JSON.parse(await freshText(world))).toEqual(docOf('one', 'two'))
  })

  it('VE-10 what changed between two versions, or a version and today, is told in blocks', async () => {
    const { world, ada, versions } = await open('one', 'two', 'three')
    const old = await versions.create(DOC, 'old', ADA)
    ada.edit((fragment) => fragment.delete(1, 1))
    ada.write('four')
    await world.pass()
    const now = await versions.create(DOC, 'now', ADA)
    const expected = [
      { kind: 'same', blocks: [paragraph('one')] },
      { kind: 'removed', blocks: [paragraph('two')] },
      { kind: 'same', blocks: [paragraph('three')] },
      { kind: 'added', blocks: [paragraph('four')] },
    ]
    expect(await versions.compare(DOC, old.id, null)).toEqual(expected)
    expect(await versions.compare(DOC, old.id, now.id)).toEqual(expected)
  })

  it('VE-11 a damaged version says so with an alarm, and is never an empty document', async () => {
    const { world, ada, versions } = await open('one')
    const old = await versions.create(DOC, 'old', ADA)
    ada.write('two')
    await world.pass()
    world.stores.tamper.versionSnapshot(old.id, (bytes) => bytes.subarray(4))
    await expect(versions.open(DOC, old.id, 'json')).rejects.toMatchObject({ code: 'store-damaged' })
    await expect(versions.restore(DOC, old.id, ADA)).rejects.toMatchObject({ code: 'store-damaged' })
    expect(world.alarms.length).toBeGreaterThan(0)
    expect(ada.text).toContain('two')
  })
})
