import { expect, it } from 'vitest'
import { describeSaveStatus, outboxOf, peopleOf, SheafError } from '../../src/index.ts'
import { fakeClient, fakeClock, fakeDocument } from '../../src/testing/index.ts'
import { textIn, typeIn } from './typing.ts'

it('TK-21 a fake document shows the state that is asked for, and what fits to it', () => {
  const lineOf = (options: Parameters<typeof fakeDocument>[0]) =>
    describeSaveStatus(fakeDocument(options).getSnapshot())
  expect(lineOf({})).toEqual({ state: 'saved', text: 'Saved' })
  expect(lineOf({ loaded: false }).state).toBe('opening')
  expect(lineOf({ unsavedChanges: 2 }).state).toBe('saving')
  expect(lineOf({ saveState: 'unsaved', unsavedChanges: 3 }).text).toContain('3 changes on this device')
  expect(lineOf({ saveState: 'refused' }).state).toBe('refused')
  expect(lineOf({ role: 'viewer' }).text).toBe('Read only: you may view this document')
  expect(fakeDocument({ error: new SheafError('forbidden'), connection: 'closed' }).getSnapshot()).toMatchObject({
    editable: false,
    error: { code: 'forbidden' },
  })
})

it('TK-21 it changes when the test says so, tells who listens, and keeps its promises', async () => {
  const document = fakeDocument({ loaded: false, saveState: 'unsaved', unsavedChanges: 4 })
  let told = 0
  const end = document.subscribe(() => (told += 1))
  const loaded = document.whenLoaded()
  document.change({ loaded: true })
  await loaded
  expect(document.getSnapshot()).toMatchObject({ editable: true, unsavedChanges: 4, connection: 'reconnecting' })
  document.change({ saveState: 'saved' })
  await document.whenDurable()
  expect(document.getSnapshot()).toMatchObject({ unsavedChanges: 0, connection: 'connected' })
  expect(document.getSnapshot()).toBe(document.getSnapshot())
  document.change({ role: 'viewer' })
  expect(document.getSnapshot().editable).toBe(false)
  end()
  expect([told, document.listeners]).toEqual([3, 0])
  document.change({ saveState: 'refused' })
  await expect(document.whenDurable()).rejects.toMatchObject({ code: 'refused' })
})

it('TK-21 it has people, an outbox and a real text', async () => {
  const document = fakeDocument({ people: ['Bo', 'Cy'], text: 'Hello', outbox: ['sent'] })
  const people = peopleOf(document)
  expect(people.getSnapshot().map(({ name }) => name)).toEqual(['Bo', 'Cy'])
  document.leave('Bo')
  document.join('Di')
  expect(people.getSnapshot().map(({ name }) => name)).toEqual(['Cy', 'Di'])
  typeIn(document, ' there')
  expect(textIn(document)).toBe('Hello there')
  document.undoManager.undo()
  expect(textIn(document)).toBe('Hello')

  const view = outboxOf(document)
  const end = view.subscribe(() => undefined)
  expect(view.getSnapshot().map(({ step }) => step)).toEqual(['sent'])
  document.setOutbox(['durable', 'received', 'on-device', 'gathering'])
  expect(view.getSnapshot().map(({ step }) => step)).toEqual(['durable', 'received', 'on-device', 'gathering'])
  expect(view.getSnapshot()[0]).toMatchObject({ counter: 1, seq: 1 })
  end()
})

it('TK-22 a fake client counts sessions, shares documents, and has a history', async () => {
  const client = fakeClient({ document: { role: 'viewer' } })
  const first = client.open('a')
  expect(client.open('a')).toBe(first)
  expect(first.getSnapshot().role).toBe('viewer')
  await first.close()
  expect(client.isOpen('a')).toBe(true)
  await first.close()
  await Promise.resolve()
  expect([client.isOpen('a'), client.sessions]).toEqual([false, 1])
  expect(() => first.close()).toThrow('closed more often than opened')
  expect(() => client.document('a')).toThrow('a is not open')

  const versions = client.versions('a')
  const { id } = await versions.create('Draft')
  await versions.rename(id, 'Final')
  await versions.restore(id)
  const { items } = await versions.list()
  expect(items.map(({ kind, name }) => [kind, name])).toEqual([
    ['restore', null],
    ['named', 'Final'],
  ])
  expect(JSON.stringify(await versions.getContent(id))).toContain(id)
  await expect(versions.restore('none')).rejects.toMatchObject({ code: 'not-found' })
})

it('TK-21 its content comes when the test says so, or never', async () => {
  const late = fakeDocument({ loaded: false })
  const loaded = late.whenLoaded()
  expect(late.getSnapshot()).toMatchObject({ connection: 'connecting', role: null, editable: false })
  late.load()
  await loaded
  expect(late.getSnapshot()).toMatchObject({ connection: 'connected', role: 'editor', editable: true })
  const never = fakeDocument({ loaded: false })
  const failed = never.whenLoaded()
  never.fail(new SheafError('not-found'))
  await expect(failed).rejects.toMatchObject({ code: 'not-found' })
  expect(never.getSnapshot()).toMatchObject({ connection: 'closed', error: { code: 'not-found' } })
})

it('TK-23 what is on its way has edits, places and times as the test says', () => {
  const clock = fakeClock(5_000)
  const document = fakeDocument({ clock, outbox: [{ step: 'sent', edits: 3 }] })
  const view = outboxOf(document)
  expect(document.outboxListeners).toBe(0)
  const end = view.subscribe(() => undefined)
  expect(document.outboxListeners).toBe(1)
  expect(view.getSnapshot()).toMatchObject([{ counter: 1, step: 'sent', edits: 3, seq: null, since: 5_000 }])
  document.setOutbox([{ step: 'durable', seq: 12 }, 'refused', { step: 'on-device', edits: 2 }])
  expect(view.getSnapshot()).toMatchObject([
    { counter: 1, step: 'durable', edits: 3, seq: 12 },
    { counter: 2, step: 'refused', edits: 1, seq: null },
    { counter: 3, step: 'on-device', edits: 2, seq: null },
  ])
  end()
  expect(document.outboxListeners).toBe(0)
})

it('TK-24 a fake client tells what was asked of it, and fails the next such call on request', async () => {
  const client = fakeClient({ versionsPerPage: 1 })
  client.failNext('open', new SheafError('invalid-option'))
  expect(() => client.open('a')).toThrow(SheafError)
  const versions = client.versions('a')
  await versions.create('One')
  const { id } = await versions.create('Two')
  client.failNext('versions.rename')
  await expect(versions.rename(id, 'Three')).rejects.toMatchObject({ code: 'unavailable' })
  await versions.rename(id, 'Three')
  const first = await versions.list()
  const second = await versions.list({ cursor: first.nextCursor ?? '' })
  expect([first, second].map(({ items }) => items.map(({ name }) => name))).toEqual([['Three'], ['One']])
  expect(second.nextCursor).toBeNull()
  expect(client.asked).toEqual([
    'open a',
    'versions.create a One',
    'versions.create a Two',
    `versions.rename a ${id} Three`,
    `versions.rename a ${id} Three`,
    'versions.list a',
    'versions.list a',
  ])
})

it('TK-24 it says who holds a document, and one that was discarded is open no more', async () => {
  const client = fakeClient()
  const document = client.open('a')
  client.open('a')
  client.open('b')
  expect([client.openDocuments, client.holders('a'), client.holders('c')]).toEqual([['a', 'b'], 2, 0])
  await document.discardUnsaved()
  expect(client.openDocuments).toEqual(['b'])
  await document.close()
  const again = client.open('a')
  expect([again === document, client.sessions, client.holders('a')]).toEqual([false, 3, 1])
})
