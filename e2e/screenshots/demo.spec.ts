import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { presenceColor } from '@sheaf/client-sdk'
import type { Account, ContentNode } from '../support/api.ts'
import type { Person } from '../support/person.ts'
import { expect, test } from '../support/story.ts'
import type { Stage } from '../support/story.ts'

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

/** Colours come from ids, which are random: two of three people may well have the same one. */
async function differentColors(stage: Stage, ...names: string[]): Promise<Account[]> {
  const accounts: Account[] = []
  while (accounts.length < names.length) {
    const account = await stage.api.register(names[accounts.length] ?? '')
    if (accounts.every(({ id }) => presenceColor(id) !== presenceColor(account.id))) accounts.push(account)
  }
  return accounts
}

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: `${folder}${name}.png`, caret: 'initial' })
}

async function write(person: Person, after: string, words: string): Promise<void> {
  await person.goAfter(after)
  await person.page.keyboard.type(words)
}

for (const [width, height] of [
  [1280, 800],
  [390, 844],
] as const)
  test(`three people at ${width} pixels`, async ({ stage }) => {
    const [ada, ben, cleo] = await differentColors(stage, 'Ada Lindqvist', 'Ben Okafor', 'Cleo Marin')
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
    await write(viewer, 'one sees the river. ', 'We start with one bed.')
    // At the same time, so that both names are still there when the picture is taken.
    await Promise.all([
      write(others[0]!, 'enough for the old beams', ', see the survey'),
      write(others[1]!, 'a key on Saturdays', ' and Sundays'),
    ])
    await expect(viewer.caretOf('Ben Okafor')).toHaveCount(1)
    await expect(viewer.caretOf('Cleo Marin')).toHaveCount(1)
    await viewer.isSaved()
    await take(viewer.page, `demo-${width}`)
  })
