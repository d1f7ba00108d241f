import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import type { ContentNode } from '../support/api.ts'
import type { Person } from '../support/person.ts'
import { expect, test } from '../support/story.ts'

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url))
mkdirSync(folder, { recursive: true })

const text = (words: string, ...marks: string[]): ContentNode => ({
  type: 'text',
  text: words,
  ...(marks.length === 0 ? {} : { marks: marks.map((type) => ({ type })) }),
})
const paragraph = (...content: ContentNode[]): ContentNode => ({ type: 'paragraph', content })
const heading = (level: number, words: string): ContentNode => ({
  type: 'heading',
  attrs: { level },
  content: [text(words)],
})
const item = (...content: ContentNode[]): ContentNode => ({ type: 'list_item', content: [paragraph(...content)] })

const TITLE = 'A garden on the roof'
const BLOCKS: ContentNode[] = [
  heading(1, TITLE),
  paragraph(
    text('Forty square metres above the library are empty. By '),
    text('May', 'strong'),
    text(' they could hold herbs, two pear trees and a bench from which one sees the river. '),
  ),
  heading(2, 'What we need'),
  {
    type: 'bullet_list',
    content: [
      item(text('Soil: eleven cubic metres, '), text('light', 'em'), text(' enough for the old beams')),
      item(text('Water from the cistern, with a pump that runs on the roof’s own panels')),
      item(text('Somebody with a key on Saturdays')),
    ],
  },
  {
    type: 'blockquote',
    content: [paragraph(text('The beams carry 350 kg per square metre, says the survey of last autumn.'))],
  },
  heading(2, 'Next steps'),
  {
    type: 'ordered_list',
    attrs: { order: 1 },
    content: [item(text('Ask the neighbours about the crane')), item(text('Order the pear trees before February'))],
  },
]

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: `${folder}${name}.png`, animations: 'disabled' })
}

async function write(person: Person, block: number, words: string): Promise<void> {
  const line = person.editor.locator('p, li').nth(block)
  await line.click()
  await person.page.keyboard.press('End')
  await person.page.keyboard.type(words)
}

for (const [width, height] of [
  [1280, 800],
  [390, 844],
] as const)
  test(`three people at ${width} pixels`, async ({ stage }) => {
    const accounts = await Promise.all(
      ['Ada Lindqvist', 'Ben Okafor', 'Cleo Marin'].map((name) => stage.api.register(name)),
    )
    const [ada, ben, cleo] = accounts
    if (ada === undefined || ben === undefined || cleo === undefined) throw new Error('three people are needed')
    const id = await stage.api.createRichDocument(ada, TITLE, BLOCKS)
    for (const title of ['Minutes of the spring meeting', 'Reading list', 'Letters to the council'])
      await stage.api.createDocument(ada, title, 'A beginning.')
    await stage.api.share(ada, id, ben, 'editor')
    await stage.api.share(ada, id, cleo, 'editor')

    const viewer = await stage.person(ada, { viewport: { width, height }, colorScheme: 'light' })
    await expect(viewer.entry(TITLE)).toBeVisible()
    await take(viewer.page, `list-${width}`)
    await viewer.open(TITLE)
    const others = [await stage.person(ben), await stage.person(cleo)]
    for (const other of others) await other.open(TITLE)
    await write(viewer, 0, 'We start with one bed.')
    await write(others[0]!, 1, ', see the survey')
    await write(others[1]!, 3, ' and Sundays')
    await expect(viewer.caretOf('Ben Okafor')).toHaveCount(1)
    await expect(viewer.caretOf('Cleo Marin')).toHaveCount(1)
    await viewer.isSaved()
    await take(viewer.page, `demo-${width}`)
  })
