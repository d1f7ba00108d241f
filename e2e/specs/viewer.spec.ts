import { expect, test } from '../support/story.ts'

test('US-16 a viewer reads along and cannot type', async ({ stage }) => {
  const [ada, eve] = [await stage.api.register('Ada'), await stage.api.register('Eve')]
  const id = await stage.api.createDocument(ada, 'Read only', 'Fixed')
  await stage.api.share(ada, id, eve, 'viewer')
  const owner = await stage.person(ada)
  const viewer = await stage.person(eve)
  await owner.open('Read only')
  await viewer.open('Read only')
  await expect(viewer.editor).toHaveAttribute('contenteditable', 'false')
  await viewer.editor.click()
  await viewer.page.keyboard.type('never')
  await owner.typeAtEnd(' and written')
  await viewer.sees('Fixed and written')
  await owner.isSaved()
  expect(await stage.api.text(ada, id)).toBe('Fixed and written')
})
