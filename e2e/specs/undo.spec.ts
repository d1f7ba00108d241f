import { test } from '../support/story.ts'

test('US-8 undo takes back one’s own edits only, and redo brings them back', async ({ stage }) => {
  const { people } = await stage.together('Undo', ['Start.'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ada.typeAtEnd(' Ada.')
  await ben.sees('Start. Ada.')
  await ben.typeAtEnd(' Ben.')
  await ada.sees('Start. Ada. Ben.')

  await ada.editor.focus()
  await ada.page.keyboard.press('ControlOrMeta+z')
  await ada.sees('Start. Ben.')
  await ben.sees('Start. Ben.')
  await ada.page.keyboard.press('ControlOrMeta+Shift+z')
  await ben.sees('Start. Ada. Ben.')
})
