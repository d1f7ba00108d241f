import { paragraph } from '../support/blocks.ts'
import { expect, test } from '../support/story.ts'

const PARAGRAPHS = 2_000

test('US-49 two people write in a document of 2,000 paragraphs, in React and in Vue', async ({ stage }) => {
  const blocks = Array.from({ length: PARAGRAPHS }, (_, index) => paragraph(`Paragraph ${index} of a long report.`))
  const { ada, ben, converge } = await stage.pair(['React', 'Vue'], 'Long report', blocks)
  await ada.goToEnd()
  await ben.goToStart()
  await Promise.all([ada.page.keyboard.type(' The end.'), ben.page.keyboard.type('The start. ')])
  await converge()
  expect(await ada.editor.locator('> p').count()).toBe(PARAGRAPHS)

  await ada.goAfter('Paragraph 1000 of')
  await ben.goAfter('Paragraph 1000')
  await Promise.all([ada.page.keyboard.type(' quite'), ben.page.keyboard.type(' (one thousand)')])
  await converge()
  expect((await ada.text()).split('\n')[1000]).toBe('Paragraph 1000 (one thousand) of quite a long report.')

  await ben.reload()
  await converge()
})
