import { expect, it } from 'vitest'
import { createTestWorld } from '../../src/testing/index.ts'
import { type, typeIn } from './typing.ts'

it('TK-1 people write together, over real frames, and what is saved is in the log', async () => {
  const world = createTestWorld()
  const ada = world.person('Ada')
  const bo = world.person('Bo')
  ada.open('doc')
  const b = bo.open('doc')
  await world.settled()
  type(ada, 'hello')
  expect(ada.open('doc').getSnapshot().saveState).toBe('saving')
  await world.settled()
  expect(world.server.text('doc')).toBe('hello')
  expect(b.ydoc.getXmlFragment('content').toString()).toBe('<paragraph>hello</paragraph>')
  await world.verify()
  expect(world.history).toMatch(
    /0\.200 s {2}operation 1 of Ada is in the log of doc as 1\n +0\.200 s {2}Ada is told as saved/,
  )
})

it('TK-1 what an application opens through the client of a person is waited for and judged', async () => {
  const world = createTestWorld()
  const ada = world.person('Ada')
  const document = ada.client.open('doc')
  await world.settled()
  expect(document.getSnapshot()).toMatchObject({ connection: 'connected', loaded: true })
  typeIn(document, 'hello')
  await world.settled()
  expect(document.getSnapshot().saveState).toBe('saved')
  expect(world.history).toContain(`Ada's edit 1 ("hello")`)
  expect(ada.open('doc')).toBe(document)
  const closing = document.close()
  await world.advance(1)
  await closing
  expect(ada.documents).toEqual([document])
  await world.close()
  expect(ada.documents).toEqual([])
})
