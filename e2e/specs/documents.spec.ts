import { expect, test } from '../support/story.ts'

test('US-3 a document is created, renamed and deleted, and the list says so', async ({ stage }) => {
  const ada = await stage.person(await stage.api.register('Ada'))
  await ada.create()
  await ada.rename('Notes of a journey')
  await ada.typeAtEnd('The road goes on.')
  await ada.isSaved()
  await ada.leave()
  await expect(ada.entry('Notes of a journey')).toBeVisible()

  await ada.open('Notes of a journey')
  await ada.sees('The road goes on.')
  await ada.leave()

  await ada.delete('Notes of a journey')
  await expect(ada.entry('Notes of a journey')).toHaveCount(0)
  await ada.page.reload()
  await expect(ada.list).toBeVisible()
  await expect(ada.entry('Notes of a journey')).toHaveCount(0)
})
