import { expect, test } from '../support/story.ts'

test('US-18 a version is named, and restored while another person types', async ({ stage }) => {
  const { id, people } = await stage.together('History', ['First draft'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ada.nameVersion('Before the change')
  await ada.typeAtEnd(' became something else')
  await ada.isSaved()
  await ben.sees('First draft became something else')

  await ben.goToEnd()
  const typing = ben.page.keyboard.type(' while Ben goes on and on and on', { delay: 40 })
  await ada.restoreVersion('Before the change')
  await typing
  await ben.isSaved()
  await ada.isSaved()
  const stored = await stage.api.text(ada.account, id)
  await ada.sees(stored)
  await ben.sees(stored)
  expect(stored).toContain('First draft')
  expect(stored).not.toContain('became')
  // What was typed after the restore is there; what was restored away is in the history.
  await ben.typeAtEnd(' End.')
  await ada.sees(`${stored} End.`)
})
