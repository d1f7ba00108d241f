import type { Person } from '../support/person.ts'
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

/** The words of the save status that nobody can see: behind an edge of the page, cut off, or under something else. */
async function unseenWords(person: Person): Promise<string[]> {
  return person.saveStatus.evaluate((element) => {
    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode()
    if (text === null) throw new Error('the save status says nothing')
    return [...(text.textContent ?? '').matchAll(/\S+/g)].flatMap(({ 0: word, index }) => {
      const range = document.createRange()
      range.setStart(text, index)
      range.setEnd(text, index + word.length)
      const { left, right, top, bottom } = range.getBoundingClientRect()
      const middle = (top + bottom) / 2
      const seen = [left + 1, right - 1].every((x) => document.elementFromPoint(x, middle) === element)
      return seen ? [] : [word]
    })
  })
}

for (const framework of ['React', 'Vue'] as const)
  test(`US-52 at 390 pixels every word of the save status can be read, also far down in a document (${framework})`, async ({
    stage,
  }) => {
    const [account, other] = [await stage.api.register('Ada'), await stage.api.register('Ben')]
    const title = 'Minutes of the meeting in spring, with all that was said'
    const id = await stage.api.createDocument(account, title, ...Array.from({ length: 60 }, () => 'A line.'))
    await stage.api.share(account, id, other, 'editor')
    const ben = await stage.person(other, {}, framework)
    await ben.open(title)
    const isRead = (words: RegExp): Promise<void> =>
      expect(async () => {
        await expect(ben.saveStatus).toHaveText(words)
        expect(await unseenWords(ben)).toEqual([])
      }).toPass({ timeout: 15_000 })

    await isRead(/^Saved$/)
    await ben.goToEnd()
    await isRead(/^Saved$/)
    ben.network.hold('to browser')
    await ben.typeAtEnd(' More')
    await isRead(/^Saving…$/)
    ben.network.deliver()
    await ben.isSaved()
    ben.network.cut()
    await ben.typeAtEnd(' and without a network'.repeat(6))
    await isRead(/ing – 1\d\d changes on this device$/)
    await ben.page.evaluate(() => scrollTo(0, 0))
    await isRead(/ing – 1\d\d changes on this device$/)
    await stage.api.withdraw(account, id, other)
    await stage.api.share(account, id, other, 'viewer')
    ben.network.heal()
    await isRead(/^Read only: .* 1\d\d changes kept on this device\.$/)
  })
