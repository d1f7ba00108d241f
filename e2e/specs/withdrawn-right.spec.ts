import { expect, test } from '../support/story.ts'

/** How long after a change of rights a person may still type. */
const WITHIN_MS = 1_000

test('US-17 somebody whose right is withdrawn while typing is told so and keeps the unsent work', async ({ stage }) => {
  const { id, people } = await stage.together('Withdrawn', ['Start'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ben.typeAtEnd(' kept')
  await ada.sees('Start kept')
  ben.network.hold('to server')
  await ben.page.keyboard.type(' unsent')

  await stage.api.share(ada.account, id, ben.account, 'viewer')
  await expect(ben.editor).toHaveAttribute('contenteditable', 'false', { timeout: WITHIN_MS })
  ben.network.deliver()
  await expect(ben.message).toContainText(/role|right/i)
  await ben.sees('Start kept unsent')
  await expect(ben.saveStatus).not.toHaveText(/^Saved/)

  await ada.typeAtEnd('.')
  await ada.isSaved()
  await ada.sees('Start kept.')
  expect(await stage.api.text(ada.account, id)).toBe('Start kept.')
  const file = ben.page.waitForEvent('download')
  await ben.exportButton.click()
  expect((await file).suggestedFilename()).not.toBe('')
})

test('US-17 somebody who loses every right can no longer type within a second', async ({ stage }) => {
  const { id, people } = await stage.together('Thrown out', ['Start'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ben.typeAtEnd(' of')
  await ada.sees('Start of')
  await stage.api.withdraw(ada.account, id, ben.account)
  await expect(ben.writable).toHaveCount(0, { timeout: WITHIN_MS })
  await expect(ben.message).toBeVisible()
})
