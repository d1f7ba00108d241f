import { presenceColor } from '@sheaf/client-sdk'
import type { Account } from '../support/api.ts'
import type { Person } from '../support/person.ts'
import { expect, test } from '../support/story.ts'
import type { Stage } from '../support/story.ts'
import { GARDEN, KINDS_TITLE, TITLE, everyKind, hills } from './garden.ts'
import { takeAll } from './picture.ts'

/** Colours come from ids, which are random: two of three people may well have the same one. */
async function differentColors(stage: Stage, ...names: string[]): Promise<Account[]> {
  const accounts: Account[] = []
  while (accounts.length < names.length) {
    const account = await stage.api.register(names[accounts.length] ?? '')
    if (accounts.every(({ id }) => presenceColor(id) !== presenceColor(account.id))) accounts.push(account)
  }
  return accounts
}

async function upload(stage: Stage, account: Account): Promise<string> {
  const headers = { authorization: `Bearer ${account.token}`, 'content-type': 'image/png' }
  const body = new Uint8Array(hills())
  const answer = await fetch(`${stage.server.url}/uploads`, { method: 'POST', headers, body })
  return ((await answer.json()) as { src: string }).src
}

async function write(person: Person, after: string, words: string): Promise<void> {
  await person.goAfter(after)
  await person.page.keyboard.type(words)
}

const button = (person: Person, name: string | RegExp) => person.page.getByRole('button', { name, exact: true })

test('signing in', async ({ stage }) => {
  const visitor = await stage.visitor(await stage.api.register('Nobody'))
  await visitor.page.goto(visitor.network.url)
  await expect(visitor.demoAccounts.first()).toBeVisible()
  await takeAll(visitor.page, 'sign-in')
  await visitor.page.getByRole('button', { name: 'Create an account' }).click()
  await takeAll(visitor.page, 'sign-up')
})

test('the list, the trash and the share dialog', async ({ stage }) => {
  const [ada, ben] = await differentColors(stage, 'Ada Lindqvist', 'Ben Okafor')
  if (ada === undefined || ben === undefined) throw new Error('two people are needed')
  const empty = await stage.person(await stage.api.register('Cleo Marin'))
  await takeAll(empty.page, 'list-empty')

  for (const title of ['Letters to the council', 'Reading list', 'Old budget', 'Sketches for the bench'])
    await stage.api.createDocument(ada, title, 'A beginning.')
  for (const [title, role] of [
    ['Minutes of the spring meeting', 'editor'],
    ['House rules', 'viewer'],
  ] as const)
    await stage.api.share(ben, await stage.api.createDocument(ben, title, 'Present: everybody.'), ada, role)
  const id = await stage.api.createRichDocument(ada, TITLE, GARDEN)
  await stage.api.share(ada, id, ben, 'editor')

  const viewer = await stage.person(ada)
  await expect(viewer.entry(TITLE)).toBeVisible()
  await takeAll(viewer.page, 'list')
  const search = viewer.page.getByRole('searchbox')
  await search.fill('nowhere')
  await takeAll(viewer.page, 'list-not-found')
  await search.fill('')

  for (const title of ['Old budget', 'Sketches for the bench']) await viewer.delete(title)
  await takeAll(viewer.page, 'list-undo')
  await button(viewer, 'Dismiss').click()
  await viewer.page.getByRole('link', { name: 'Trash' }).click()
  await expect(button(viewer, 'Restore Old budget')).toBeVisible()
  await takeAll(viewer.page, 'trash')

  await viewer.page.getByRole('link', { name: 'Documents', exact: true }).click()
  await button(viewer, `Actions for ${TITLE}`).click()
  await takeAll(viewer.page, 'list-menu')
  await viewer.page.keyboard.press('Escape')
  await viewer.open(TITLE)
  await button(viewer, 'Share').click()
  await expect(viewer.page.getByRole('dialog').getByText(ben.email)).toBeVisible()
  await takeAll(viewer.page, 'share')
})

test('three people, and every kind of content', async ({ stage }) => {
  const [ada, ben, cleo] = await differentColors(stage, 'Ada Lindqvist', 'Ben Okafor', 'Cleo Marin')
  if (ada === undefined || ben === undefined || cleo === undefined) throw new Error('three people are needed')
  const id = await stage.api.createRichDocument(ada, TITLE, GARDEN)
  await stage.api.createRichDocument(ada, KINDS_TITLE, everyKind(await upload(stage, ada)))
  await stage.api.share(ada, id, ben, 'editor')
  await stage.api.share(ada, id, cleo, 'editor')

  const viewer = await stage.person(ada)
  await viewer.open(TITLE)
  const others = [await stage.person(ben), await stage.person(cleo)]
  for (const other of others) await other.open(TITLE)
  await write(viewer, 'one sees the river. ', 'We start with one bed.')
  const places = ['enough for the old beams', 'a key on Saturdays']
  const type = async (): Promise<void> => {
    // The names at the carets stay for a few seconds only.
    await Promise.all(others.map((other, index) => write(other, places[index] ?? '', ',')))
    await Promise.all(others.map((other) => other.page.keyboard.press('Backspace')))
    await expect(viewer.caretOf('Ben Okafor')).toHaveCount(1)
    await expect(viewer.caretOf('Cleo Marin')).toHaveCount(1)
    await viewer.isSaved()
  }
  await takeAll(viewer.page, 'carets', { before: type })

  await button(viewer, 'Document menu').click()
  await takeAll(viewer.page, 'document-menu')
  await viewer.page.keyboard.press('Escape')
  await button(viewer, /^Account of/).click()
  await takeAll(viewer.page, 'account-menu')
  await viewer.page.keyboard.press('Escape')

  await viewer.leave()
  await viewer.open(KINDS_TITLE)
  await expect(viewer.editor.getByRole('img')).toBeVisible()
  await takeAll(viewer.page, 'every-kind')
  await viewer.editor.getByText('never finished').scrollIntoViewIfNeeded()
  await takeAll(viewer.page, 'every-kind-below', {
    before: () => viewer.editor.getByText('never finished').scrollIntoViewIfNeeded(),
  })
})

test('save states', async ({ stage }) => {
  const { id, people } = await stage.together(TITLE, ['What is written here is kept.'], 'Ada Lindqvist', 'Ben Okafor')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ben.typeAtEnd(' Also by Ben.')
  await ben.isSaved()
  await takeAll(ben.page, 'saved')

  ben.network.hold('to browser')
  await ben.typeAtEnd(' And on its way.')
  await expect(ben.saveStatus).toHaveText(/^Saving/)
  await takeAll(ben.page, 'saving')
  await button(ben, 'Save details').click()
  await takeAll(ben.page, 'inspector')
  await ben.page.keyboard.press('Escape')
  ben.network.deliver()
  await ben.isSaved()

  ben.network.cut()
  await ben.typeAtEnd(' Without a network.')
  await expect(ben.saveStatus).toHaveText(/on this device/)
  await takeAll(ben.page, 'offline')
  await stage.api.withdraw(ada.account, id, ben.account)
  await stage.api.share(ada.account, id, ben.account, 'viewer')
  ben.network.heal()
  await expect(ben.exportButton).toBeVisible()
  await takeAll(ben.page, 'refused')

  await ada.leave()
  const cleo = await stage.person(await stage.api.register('Cleo Marin'))
  const gone = await stage.api.createDocument(cleo.account, 'Gone for now', 'Still to be read.')
  const open = await cleo.anotherTab()
  await open.page.goto(`${cleo.network.url}/documents/${gone}`)
  await open.isLoaded()
  await cleo.page.reload()
  await cleo.delete('Gone for now')
  await expect(open.page.getByRole('button', { name: 'Restore' })).toBeVisible()
  await takeAll(open.page, 'in-trash')
  await open.page.reload()
  await expect(open.page.getByRole('button', { name: 'Restore' })).toBeVisible()
  await takeAll(open.page, 'in-trash-opened')
})

test('history', async ({ stage }) => {
  const account = await stage.api.register('Ada Lindqvist')
  await stage.api.createRichDocument(account, TITLE, GARDEN)
  const ada = await stage.person(account)
  await ada.open(TITLE)
  await ada.nameVersion('Before the meeting')
  await write(ada, 'one sees the river. ', 'We start with one bed.')
  await ada.isSaved()
  await ada.nameVersion('After the meeting')
  await button(ada, 'Version history').click()
  await expect(ada.page.getByText('Before the meeting')).toBeVisible()
  await takeAll(ada.page, 'history-list')
  await ada.page.getByText('Before the meeting').click()
  await expect(ada.page.getByRole('region', { name: 'Version preview' })).toBeVisible()
  await takeAll(ada.page, 'history')
})
