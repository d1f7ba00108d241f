import { readFile } from 'node:fs/promises'
import { expect, test } from '../support/story.ts'
import type { Person } from '../support/person.ts'
import type { Page } from '@playwright/test'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

async function chooseImage(person: Person, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  const choosing = person.page.waitForEvent('filechooser')
  await person.toolbar.getByRole('button', { name: 'Image' }).click()
  await (await choosing).setFiles({ name, mimeType, buffer })
}

const theme = (page: Page): Promise<string | null> => page.locator('html').getAttribute('data-sheaf-theme')

test('DM-1 the list is searched and filtered, and says where nothing is found', async ({ stage }) => {
  const [ada, ben] = [await stage.api.register('Ada'), await stage.api.register('Ben')]
  await stage.api.createDocument(ada, 'Reading list')
  await stage.api.share(ben, await stage.api.createDocument(ben, 'House rules'), ada, 'viewer')
  const reader = await stage.person(ada)
  await expect(reader.entries).toHaveCount(2)
  await reader.page.keyboard.press('/')
  await reader.page.keyboard.type('HOUSE ben')
  await expect(reader.entries).toHaveCount(1)
  await expect(reader.entry('House rules')).toBeVisible()
  await reader.page.keyboard.type(' nothing')
  await expect(reader.page.getByRole('heading', { name: 'Nothing found' })).toBeVisible()
  await reader.page.getByRole('button', { name: 'Show all documents' }).click()
  await expect(reader.entries).toHaveCount(2)
  await reader.page.getByRole('button', { name: 'Mine' }).click()
  await expect(reader.entries).toHaveCount(1)
  await expect(reader.entry('Reading list')).toBeVisible()
})

test('DM-5 the theme is that of the system until one is chosen, and the choice stays', async ({ stage }) => {
  const ada = await stage.person(await stage.api.register('Ada'), { colorScheme: 'dark' })
  expect(await theme(ada.page)).toBe('dark')
  await ada.page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(() => theme(ada.page)).toBe('light')
  await ada.page.getByRole('button', { name: /^Account of/ }).click()
  await ada.page.getByRole('menuitemradio', { name: 'Dark' }).click()
  expect(await theme(ada.page)).toBe('dark')
  await ada.page.reload({ waitUntil: 'commit' })
  await expect(ada.list).toBeVisible()
  expect(await theme(ada.page)).toBe('dark')
})

for (const framework of ['React', 'Vue'] as const)
  test(`DM-5 on a phone the theme is chosen in the menu of the document, in ${framework}`, async ({ stage }) => {
    const account = await stage.api.register('Ada')
    await stage.api.createDocument(account, 'Notes', 'On a phone.')
    const phone = { viewport: { width: 390, height: 844 }, colorScheme: 'light' } as const
    const ada = await stage.person(account, phone, framework)
    await ada.open('Notes')
    expect(await theme(ada.page)).toBe('light')
    await ada.page.getByRole('button', { name: 'Document menu' }).click()
    await ada.page.getByRole('menuitemradio', { name: 'Dark' }).click()
    expect(await theme(ada.page)).toBe('dark')
    // Where the account stands beside it, its menu has the theme.
    await ada.page.setViewportSize({ width: 1280, height: 800 })
    await expect(ada.page.getByRole('menuitem', { name: 'Copy as HTML' })).toBeVisible()
    await expect(ada.page.getByRole('menuitemradio', { name: 'Dark' })).toBeHidden()
  })

test('DM-6 a document is downloaded as Markdown and as HTML', async ({ stage }) => {
  const { people } = await stage.together('Our plan', ['A first line'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  for (const [format, name, expected] of [
    ['Markdown', 'Our plan.md', /^A first line\s*$/],
    ['HTML', 'Our plan.html', /<title>Our plan<\/title>[^]*<p[^>]*>A first line<\/p>/],
  ] as const) {
    await ada.page.getByRole('button', { name: 'Document menu' }).click()
    const downloading = ada.page.waitForEvent('download')
    await ada.page.getByRole('menuitem', { name: `Download as ${format}` }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toBe(name)
    expect(await readFile(await download.path(), 'utf8')).toMatch(expected)
  }
})

test('DM-6 an image that is chosen is uploaded, and both see it', async ({ stage }) => {
  const { people } = await stage.together('Pictures', ['A picture:'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ada.goToEnd()
  await chooseImage(ada, 'dot.png', 'image/png', PNG)
  // Without an alternative text yet it is no image to who hears the page.
  const image = ben.editor.locator('img[src]')
  await expect(image).toHaveCount(1)
  await expect(image).toHaveAttribute('src', /^\/uploads\/[0-9a-f-]+\.png$/)
  // It is there for Ben's browser, too: the policy of the page lets it be shown.
  await expect.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(1)
  await ada.isSaved()
})

test('DM-6 a script that is called an image is not added, and the rest of the document stays', async ({ stage }) => {
  const { people } = await stage.together('Pictures', ['A picture:'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  await ada.goToEnd()
  await chooseImage(ada, 'harmless.png', 'image/png', Buffer.from('alert(document.cookie)'))
  await expect(ada.page.getByText(/“harmless\.png” could not be uploaded/).last()).toBeVisible()
  await expect(ada.editor.locator('img[src]')).toHaveCount(0)
  await ada.sees('A picture:')
})
