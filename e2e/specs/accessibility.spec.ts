import type { Page } from '@playwright/test'
import { violationsOf } from '../support/axe.ts'
import { bullets, code, empty, heading, paragraph, table, tasks, words } from '../support/blocks.ts'
import type { Framework } from '../support/person.ts'
import { expect, test } from '../support/story.ts'

/** More than fit beside each other on any page. */
const COLUMNS = Array.from({ length: 14 }, (_, index) => `Column${index + 1}`)

const EVERYTHING = [
  heading(1, 'A garden'),
  paragraph('Plain, ', words('bold', 'strong'), words('slanted', 'em'), words('under', 'underline')),
  paragraph(words('gone', 'strike'), words('light', 'highlight'), words('code', 'code'), {
    type: 'text',
    text: 'a link',
    marks: [{ type: 'link', attrs: { href: 'https://example.com/' } }],
  }),
  heading(2, 'Lists'),
  bullets('one', 'two'),
  { type: 'ordered_list', attrs: { order: 3 }, content: bullets('three').content ?? [] },
  tasks('to do', 'done'),
  { type: 'blockquote', content: [paragraph('quoted')] },
  code('typescript', 'let x = 1'),
  { type: 'horizontal_rule' },
  table(['Plant', 'Place'], ['Pear', 'East']),
  table(
    COLUMNS,
    COLUMNS.map((column) => `Value of ${column}`),
  ),
  paragraph('A picture: ', { type: 'image', attrs: { src: '/sheaf.svg', alt: 'A sheaf' } }),
  paragraph('שלום'),
  empty,
]

const FRAMEWORKS: readonly Framework[] = ['React', 'Vue']
const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1280, 390].map((width) => ({ colorScheme, viewport: { width, height: width === 390 ? 844 : 800 } })),
)

async function isSound(page: Page, what: string): Promise<void> {
  expect.soft(await violationsOf(page), what).toEqual([])
}

for (const look of LOOKS) {
  const name = `${look.colorScheme}, ${look.viewport.width} pixels`

  test(`US-40 axe finds nothing around the documents (${name})`, async ({ stage }) => {
    const account = await stage.api.register('Ada')
    const ada = await stage.visitor(account, look)
    const { page } = ada
    await page.goto(ada.network.url)
    await expect(ada.emailField).toBeVisible()
    await isSound(page, 'sign-in')
    await page.getByRole('button', { name: 'Create an account' }).click()
    await isSound(page, 'sign-up')
    await ada.signIn()
    await expect(page.getByText('No documents yet')).toBeVisible()
    await isSound(page, 'empty list')
    await stage.api.createDocument(account, 'First', 'words')
    await stage.api.createDocument(account, 'Second', 'words')
    await page.reload()
    await expect(ada.entry('First')).toBeVisible()
    await isSound(page, 'list')
    await page.getByRole('button', { name: 'Actions for First' }).click()
    await expect(page.getByRole('menu')).toBeVisible()
    await isSound(page, 'menu of a document in the list')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Account of/ }).click()
    await expect(page.getByRole('menu')).toBeVisible()
    await isSound(page, 'menu of the account')
    await page.keyboard.press('Escape')
    await page.goto(`${ada.network.url}/trash`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await isSound(page, 'trash')
  })

  for (const framework of FRAMEWORKS)
    test(`US-40 axe finds nothing in a document and its boxes (${framework}, ${name})`, async ({ stage }) => {
      const [account, other] = [await stage.api.register('Ada'), await stage.api.register('Ben')]
      const id = await stage.api.createRichDocument(account, 'Everything', EVERYTHING)
      await stage.api.share(account, id, other, 'editor')
      const ada = await stage.person(account, look, framework)
      const { page } = ada
      await ada.open('Everything')
      await isSound(page, 'every kind of content')
      const ben = await stage.person(other)
      await ben.open('Everything')
      await ben.selectWords('Plain')
      await expect(ada.editor.locator('.sheaf-caret')).toHaveCount(1)
      await isSound(page, 'the caret and the selection of somebody else')

      await ada.selectWords('gone')
      await expect(ada.bubble).toBeVisible()
      await isSound(page, 'buttons above selected words')
      await ada.press('ControlOrMeta+k')
      await expect(ada.box('Link').getByLabel('Link address')).toBeVisible()
      await isSound(page, 'form of a link')
      await ada.press('Escape')
      await ada.goAfter('a li')
      await expect(ada.box('Link')).toBeVisible()
      await isSound(page, 'link at the cursor')
      await ada.goAfter('let x')
      await expect(page.getByLabel('Language of the code')).toBeVisible()
      await isSound(page, 'language of code')
      await ada.goAfter('Pear')
      await isSound(page, 'in a table')
      await ada.goAfter('Value of Column14')
      await isSound(page, 'at the end of a table that is wider than the page')
      await ada.goAfter('A picture: ')
      await ada.press('ArrowRight')
      await expect(ada.box('Image')).toBeVisible()
      await isSound(page, 'box of an image')
      await ada.goAfter('quoted')
      await ada.press('Alt+Shift+Enter')
      await expect(page.getByRole('menu', { name: 'Block' })).toBeVisible()
      await isSound(page, 'menu of a block')
      await ada.press('Escape')
      await ada.tool('Link').click()
      await expect(ada.toolbar.getByLabel('Link address')).toBeVisible()
      await isSound(page, 'form of a link below the toolbar')
      await ada.press('Escape')

      ada.network.hold('to browser')
      await ada.typeAfter('quoted', ' words')
      await page.getByRole('button', { name: 'Save details' }).click()
      await expect(page.getByRole('dialog', { name: 'Save details' }).getByRole('row')).not.toHaveCount(1)
      await isSound(page, 'save details')
      await ada.press('Escape')
      ada.network.deliver()
      await ada.editor.focus()

      await ada.press('ControlOrMeta+f')
      await page.getByRole('search', { name: 'Find and replace' }).getByLabel('Find', { exact: true }).fill('one')
      await isSound(page, 'find and replace')
      await ada.press('Escape')
      await ada.press('ControlOrMeta+/')
      await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
      await isSound(page, 'sheet of keys')
      await ada.press('Escape')
      await ada.goToEnd()
      await page.keyboard.type('/')
      await expect(page.getByRole('listbox', { name: 'Insert' })).toBeVisible()
      await isSound(page, 'menu after a slash')
      await ada.press('Escape')
      await ada.press('Backspace')

      await ada.isSaved()
      await page.getByRole('button', { name: 'Version history', exact: true }).click()
      await page.getByLabel('Version name').fill('Named')
      await page.getByRole('button', { name: 'Save version' }).click()
      const version = page.getByRole('list', { name: 'Versions' }).getByRole('button', { name: /Named/ }).first()
      await expect(version).toBeVisible()
      await isSound(page, 'version history')
      await version.click()
      await expect(page.getByRole('region', { name: 'Version preview' })).toBeVisible()
      await isSound(page, 'preview of a version')
      await page.getByRole('button', { name: 'Back to the document' }).click()
      await page.getByRole('button', { name: 'Close version history' }).click()
      await page.getByRole('button', { name: 'Share', exact: true }).click()
      await expect(page.getByRole('dialog')).toBeVisible()
      await isSound(page, 'share dialog')
    })
}

test('US-41 nothing moves for those who asked for less motion', async ({ stage }) => {
  const account = await stage.api.register('Ada')
  await stage.api.createRichDocument(account, 'Still', EVERYTHING)
  const ada = await stage.person(account, { reducedMotion: 'reduce' })
  const { page } = ada
  /** Seconds that anything on the page takes to change or to move; what only waits for its moment does not move. */
  const longest = (): Promise<number> =>
    page.evaluate(() => {
      const seconds = (value: string): number[] => value.split(',').map((part) => Number.parseFloat(part))
      const all = [...document.querySelectorAll('*')].flatMap((element) => {
        const style = getComputedStyle(element)
        const animated = style.animationName === 'none' ? [0] : seconds(style.animationDuration)
        return [...animated, ...seconds(style.transitionDuration)]
      })
      // Of pseudo-elements and scripts too; one that is repeated for ever moves for ever, however short it is.
      const moving = document
        .getAnimations()
        .map(({ effect }) => Number(effect?.getComputedTiming().activeDuration) / 1000)
      return Math.max(...all, ...moving)
    })
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route('**/v1/documents*', async (route) => {
    await held
    await route.continue()
  })
  await page.reload()
  // The grey rows of a list that takes its time appear at once, and stay as they are.
  await expect(page.locator('.rows-waiting')).toBeAttached()
  expect(await longest()).toBeLessThanOrEqual(0.001)
  release()
  await ada.open('Still')
  await ada.selectWords('Plain')
  expect(await longest()).toBeLessThanOrEqual(0.001)
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  expect(await longest()).toBeLessThanOrEqual(0.001)
})
