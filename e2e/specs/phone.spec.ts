import { expect, test } from '../support/story.ts'

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true })

test('US-20 at 390 pixels nothing scrolls sideways and the toolbar can be reached', async ({ stage }) => {
  const { people } = await stage.together('On the phone', ['A few words', 'aVeryLongWord'.repeat(20)], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  const overflow = (): Promise<number> =>
    ada.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(await overflow()).toBe(0)
  await expect(ada.saveStatus).toBeInViewport()

  await ada.goToEnd()
  const bold = ada.toolbar.getByRole('button', { name: 'Bold' })
  await bold.scrollIntoViewIfNeeded()
  await expect(bold).toBeInViewport()
  await bold.tap()
  await ada.page.keyboard.type(' strong')
  await expect(ada.editor.getByRole('strong')).toContainText('strong')
  expect(await overflow()).toBe(0)
  await ada.leave()
  expect(await overflow()).toBe(0)
})
