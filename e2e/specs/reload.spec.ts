import { expect, test } from '../support/story.ts'

test('US-11 edits that were not sent survive a reload and are saved afterwards', async ({ stage }) => {
  const { id, people } = await stage.together('Reload', ['Start'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  await ada.isSaved()
  ada.network.cutSockets()
  await ada.typeAtEnd(' and what was never sent')
  await expect(ada.saveStatus).not.toHaveText(/^Saved/)
  expect(await stage.api.text(ada.account, id)).toBe('Start')

  await ada.reload()
  await ada.sees('Start and what was never sent')
  await expect(ada.saveStatus).not.toHaveText(/^Saved/)
  expect(await stage.api.text(ada.account, id)).toBe('Start')

  ada.network.heal()
  await ada.isSaved()
  expect(await stage.api.text(ada.account, id)).toBe('Start and what was never sent')
  await ada.sees('Start and what was never sent')
})
