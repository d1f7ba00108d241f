import { expect, test } from '../support/story.ts'

test('US-47 without any network a document that was opened before opens from the device, is written in, and is saved later', async ({
  stage,
}) => {
  const { id, people } = await stage.together('Known', ['What was there'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  await ada.isSaved()
  await stage.api.createDocument(ada.account, 'Other', 'Another one')
  await ada.leave()
  await ada.page.reload()
  await ada.open('Other')
  await ada.isSaved()

  await ada.context.setOffline(true)
  ada.network.cut()
  // Back within the page: over the list to the document of before.
  await ada.page.goBack()
  await ada.page.goBack()
  await ada.isLoaded()
  await ada.sees('What was there')
  await ada.typeAtEnd(' and what was typed')
  await expect(ada.saveStatus).toContainText('on this device')

  ada.network.heal()
  await ada.context.setOffline(false)
  await stage.converge(id, ada)
  expect(await stage.api.text(ada.account, id)).toBe('What was there and what was typed')
})

test('US-48 who comes back is told that edits were recovered', async ({ stage }) => {
  const { id, people } = await stage.together('Recovered', ['Start'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  await ada.isSaved()
  ada.network.cutSockets()
  await ada.typeAtEnd(' kept')
  await expect.poll(() => ada.recordsOnDevice()).toBeGreaterThan(0)
  await ada.reload()
  await expect(ada.page.getByText(/\d+ edits? recovered/)).toBeVisible()
  ada.network.heal()
  await stage.converge(id, ada)
  expect(await stage.api.text(ada.account, id)).toBe('Start kept')
})
