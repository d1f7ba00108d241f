import type { Person } from '../support/person.ts'
import { paragraph } from '../support/blocks.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

/** Moves the pointer about a block until its handle is there, which may have to be loaded first. */
async function showHandle({ page, editor }: Person, words: string): Promise<void> {
  const handle = page.getByRole('button', { name: 'Move this block' })
  await expect(async () => {
    await editor.getByText(words).hover({ position: { x: 4, y: 4 } })
    await editor.getByText(words).hover({ position: { x: 8, y: 6 } })
    await expect(handle).toBeVisible({ timeout: 200 })
  }).toPass({ intervals: [50], timeout: 15_000 })
}

/** Opens the menu of a block. */
async function blockMenu(person: Person, words: string): Promise<void> {
  await showHandle(person, words)
  await person.page.getByRole('button', { name: 'Move this block' }).click()
  await expect(person.page.getByRole('menu', { name: 'Block' })).toBeVisible()
}

async function drag(person: Person, words: string, below: string): Promise<void> {
  const { page, editor } = person
  const handle = page.getByRole('button', { name: 'Move this block' })
  await showHandle(person, words)
  const [from, to] = [await handle.boundingBox(), await editor.getByText(below).boundingBox()]
  if (from === null || to === null) throw new Error('nothing to drag')
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
  await page.mouse.down()
  await page.mouse.move(to.x + 40, to.y + to.height - 8, { steps: 5 })
  await page.mouse.move(to.x + 40, to.y + to.height - 2, { steps: 2 })
  await page.mouse.up()
}

for (const pair of PAIRS)
  test(`US-31 blocks are dragged, moved by keys, doubled and deleted while the other types ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(
      pair,
      'Moving',
      ['One', 'Two', 'Three', 'Four'].map((text) => paragraph(text)),
    )

    await test.step('dragged, while the other types elsewhere', async () => {
      await ben.goAfter('Four')
      await Promise.all([drag(ada, 'One', 'Two'), ben.page.keyboard.type(' and more', { delay: 40 })])
      await converge()
      await ben.sees('Two\nOne\nThree\nFour and more')
    })

    await test.step('by keys', async () => {
      await ada.goAfter('Three')
      await Promise.all([ada.press('Alt+Shift+ArrowUp'), ben.page.keyboard.type('!')])
      await converge()
      await ben.sees('Two\nThree\nOne\nFour and more!')
      await ada.press('Alt+Shift+ArrowDown')
      await converge()
      await ben.sees('Two\nOne\nThree\nFour and more!')
    })

    await test.step('by the menu at the handle', async () => {
      await blockMenu(ada, 'Two')
      await Promise.all([
        ada.page.getByRole('menuitem', { name: 'Move down' }).click(),
        ben.page.keyboard.type(' Yes.'),
      ])
      await converge()
      await ben.sees('One\nTwo\nThree\nFour and more! Yes.')
      await blockMenu(ada, 'Three')
      await ada.page.getByRole('menuitem', { name: 'Duplicate' }).click()
      await converge()
      await blockMenu(ada, 'One')
      await Promise.all([ada.page.getByRole('menuitem', { name: 'Delete' }).click(), ben.page.keyboard.type(' Oh.')])
      await converge()
      await ben.sees('Two\nThree\nThree\nFour and more! Yes. Oh.')
    })

    await test.step('while the other types in the very block: both end equal', async () => {
      await ada.goAfter('Two')
      await ben.goAfter('Two')
      await Promise.all([ada.press('Alt+Shift+ArrowDown'), ben.page.keyboard.type('abc', { delay: 20 })])
      await converge()
    })
  })

for (const framework of ['React', 'Vue'] as const)
  test(`US-31 the handle at a resting pointer goes with its block, and nothing else does (${framework})`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(
      [framework, framework === 'React' ? 'Vue' : 'React'],
      'Resting',
      ['One', 'Two', 'Three'].map((text) => paragraph(text)),
    )
    await showHandle(ada, 'Three')
    await ben.editor.focus()
    await ben.press('ControlOrMeta+a')
    await ben.press('Delete')
    await ben.page.keyboard.type('Anew')
    await converge()
    await ada.sees('Anew')
    await expect(ada.page.getByRole('button', { name: 'Move this block' })).toBeHidden()
    await ada.goAfter('Anew')
    await ada.page.keyboard.type(' and on')
    await converge()
    await ben.sees('Anew and on')
  })
