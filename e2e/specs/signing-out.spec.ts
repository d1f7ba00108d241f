import { expect, test } from '../support/story.ts'

test('US-23 signing out asks before it loses edits, and leaves nothing on the device', async ({ stage }) => {
  const { id, people } = await stage.together('Shared device', ['Start'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  await ada.context.setOffline(true)
  ada.network.cut()
  await ada.typeAtEnd(' and more')
  expect(await ada.recordsOnDevice()).toBeGreaterThan(0)
  await ada.signOut()
  const question = ada.page.getByRole('dialog', { name: 'Sign out and lose edits?' })
  await question.getByRole('button', { name: 'Stay signed in' }).click()
  await ada.sees('Start and more')

  ada.network.heal()
  await ada.context.setOffline(false)
  await ada.isSaved()
  await ada.signOut()
  await expect(ada.emailField).toBeVisible()
  expect(await stage.api.text(ada.account, id)).toBe('Start and more')
  expect(await ada.recordsOnDevice()).toBe(0)
})
