import { expect, test } from '../support/story.ts'

test('US-6 two accounts see each other’s text and formatting', async ({ stage }) => {
  const { id, people } = await stage.together('Two people', [''], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ada.goToEnd()
  await ada.page.keyboard.press('ControlOrMeta+b')
  await ada.page.keyboard.type('Bold')
  await ada.page.keyboard.press('ControlOrMeta+b')
  await ada.page.keyboard.type(' and plain')
  await ben.sees('Bold and plain')
  await expect(ben.editor.getByRole('strong')).toHaveText('Bold')

  await ben.goToEnd()
  await ben.page.keyboard.press('Enter')
  await ben.page.keyboard.type('# A heading')
  // The caret of the other one, with the name, stands in the heading, too.
  await expect(ada.editor.getByRole('heading', { level: 1 })).toContainText('A heading')
  await ada.isSaved()
  await ben.isSaved()
  expect(await stage.api.text(ada.account, id)).toBe('Bold and plain\nA heading')
})
