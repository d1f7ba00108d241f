import { expect, test } from '../support/story.ts'

test('US-14 Saved is not shown while the acknowledgement is on its way', async ({ stage }) => {
  const { id, people } = await stage.together('Acknowledged', ['Start'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  await ada.isSaved()
  ada.network.hold('to browser')
  await ada.typeAtEnd(' more')
  await expect.poll(() => stage.api.text(ada.account, id)).toBe('Start more')
  await expect(ada.saveStatus).not.toHaveText(/^Saved/)
  ada.network.deliver()
  await ada.isSaved()
})

test('US-14 Saved is not shown before the server has the edit', async ({ stage }) => {
  const { id, people } = await stage.together('Committed', ['Start'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  await ada.isSaved()
  let expected = 'Start'
  for (const word of ['one', 'two', 'three', 'four', 'five']) {
    ada.network.hold('to server')
    await ada.typeAtEnd(` ${word}`)
    await expect(ada.saveStatus).not.toHaveText(/^Saved/)
    expect(await stage.api.text(ada.account, id)).toBe(expected)
    ada.network.deliver()
    await ada.isSaved()
    expected += ` ${word}`
    expect(await stage.api.text(ada.account, id)).toBe(expected)
  }
})
