import { paragraph, table } from '../support/blocks.ts'
import type { Framework } from '../support/person.ts'
import { expect, test } from '../support/story.ts'

const COLUMNS = Array.from({ length: 14 }, (_, index) => `Column${index + 1}`)
const FRAMEWORKS: readonly Framework[] = ['React', 'Vue']

for (const framework of FRAMEWORKS)
  test(`US-54 a table that is wider than the page is scrolled with the keyboard by writers and readers (${framework})`, async ({
    stage,
  }) => {
    const [account, other] = [await stage.api.register('Ada'), await stage.api.register('Ben')]
    const id = await stage.api.createRichDocument(account, 'Wide', [paragraph('Above'), table(COLUMNS, COLUMNS)])
    await stage.api.share(account, id, other, 'viewer')

    const ada = await stage.person(account, {}, framework)
    await ada.open('Wide')
    const scrolled = (of: typeof ada): Promise<number> =>
      of.editor.getByRole('table').evaluate((element) => element.scrollLeft)
    await expect(ada.writable).toBeVisible()
    await ada.goAfter('Above')
    await ada.press('ArrowDown')
    expect(await scrolled(ada)).toBe(0)
    // The caret leads from cell to cell, and the table follows it.
    await expect(async () => {
      await ada.press('Tab')
      expect(await scrolled(ada)).toBeGreaterThan(0)
    }).toPass({ intervals: [50], timeout: 15_000 })
    await expect(ada.editor.getByRole('table')).not.toHaveAttribute('tabindex')

    const ben = await stage.person(other, {}, framework)
    await ben.open('Wide')
    const seen = ben.editor.getByRole('table')
    await expect(async () => {
      await ben.press('Tab')
      await expect(seen).toBeFocused({ timeout: 100 })
    }).toPass({ intervals: [20], timeout: 15_000 })
    await ben.press('ArrowRight')
    await expect.poll(() => scrolled(ben)).toBeGreaterThan(0)
  })
