import { expect, it } from 'vitest'
import { describeSaveStatus, outboxOf, peopleOf, SheafError } from '../../src/index.ts'
import { fakeClient, fakeDocument } from '../../src/testing/index.ts'
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
