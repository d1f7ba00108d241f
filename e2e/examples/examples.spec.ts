import { expect, test } from './examples-stage.ts'
import type { Api } from '../support/api.ts'
import { Visitor } from './visitor.ts'

test('EX-1 somebody in Next.js, somebody in Nuxt and somebody without a framework write one document', async ({
  examples,
  browser,
}, testInfo) => {
  const { api, nextjs, nuxt, vanilla } = examples
  const [ada, ben, cleo] = await Promise.all(['Ada Lind', 'Ben Okafor', 'Cleo Marin'].map((name) => api.register(name)))
  const id = await api.createDocument(ada!, 'Minutes', 'First.', 'Second.', 'Third.')
  for (const other of [ben!, cleo!]) await api.share(ada!, id, other, 'editor')

  const inNext = await Visitor.at(nextjs, ada!, browser)
  const inNuxt = await Visitor.at(nuxt, ben!, browser)
  const without = await Visitor.at(vanilla, cleo!, browser)
  for (const visitor of [inNext, inNuxt]) {
    await visitor.signIn()
    await visitor.open('Minutes')
  }
  await without.page.goto(vanilla.url)
  await without.page.getByLabel('Address of Sheaf').fill(examples.sheafUrl)
  await without.page.getByLabel('E-mail').fill(cleo!.email)
  await without.page.getByLabel('Password').fill(cleo!.password)
  await without.page.getByRole('button', { name: 'Open my newest document' }).click()
  await without.isLoaded()

  await Promise.all([
    inNext.typeAfter('First.', ' From Next.'),
    inNuxt.typeAfter('Second.', ' From Nuxt.'),
    without.typeAfter('Third.', ' From none.'),
  ])
  const together = 'First. From Next.\nSecond. From Nuxt.\nThird. From none.'
  for (const visitor of [inNext, inNuxt, without]) {
    await expect.poll(() => visitor.text()).toBe(together)
    await visitor.isSaved()
  }
  await expect(inNext.people).toContainText('BO')
  await expect(inNuxt.people).toContainText('AL')
  await expect(without.people).toContainText('Ada Lind')
  expect(await api.text(ada!, id)).toBe(together)
  for (const [name, { page }] of Object.entries({ nextjs: inNext, nuxt: inNuxt, vanilla: without }))
    await testInfo.attach(name, { body: await page.screenshot(), contentType: 'image/png' })
})

for (const name of ['nextjs', 'nuxt'] as const) {
  test(`EX-2 the server of ${name} draws the page of a document, and the browser takes it over`, async ({
    examples,
    browser,
  }) => {
    const { ada, id } = await somebodyWithADocument(examples.api)
    const visitor = await Visitor.at(examples[name], ada, browser)
    await visitor.signIn()
    const answer = await visitor.page.goto(`${examples[name].url}/documents/${id}`)
    expect(answer?.status()).toBe(200)
    expect(await answer?.text()).toContain('role="toolbar"')
    await visitor.isLoaded()
    await visitor.isSaved()
    expect(await visitor.text()).toBe('Words.')
    expect(visitor.complaints).toEqual([])
  })

  test(`EX-3 the server of ${name} keeps the session, and renews a token that has ended`, async ({
    examples,
    browser,
  }) => {
    const { ada, id } = await somebodyWithADocument(examples.api)
    const visitor = await Visitor.at(examples[name], ada, browser)
    await visitor.signIn()
    const cookies = await visitor.context.cookies()
    expect(cookies.map((cookie) => cookie.name).toSorted()).toEqual(['sheaf-access', 'sheaf-refresh'])
    expect(cookies.every(({ httpOnly }) => httpOnly)).toBe(true)
    expect(await visitor.page.evaluate(() => document.cookie)).toBe('')
    const before = cookies.find((cookie) => cookie.name === 'sheaf-refresh')?.value

    // A browser forgets the access token when it has ended.
    await visitor.context.clearCookies({ name: 'sheaf-access' })
    await visitor.page.goto(`${examples[name].url}/documents/${id}`)
    await visitor.isLoaded()
    await visitor.isSaved()
    const after = await visitor.context.cookies()
    expect(after.find((cookie) => cookie.name === 'sheaf-refresh')?.value).not.toBe(before)
    expect(after.some((cookie) => cookie.name === 'sheaf-access')).toBe(true)
  })

  test(`EX-4 signing out of ${name} leaves nothing on the device`, async ({ examples, browser }) => {
    const { ada, id } = await somebodyWithADocument(examples.api)
    const visitor = await Visitor.at(examples[name], ada, browser)
    await visitor.signIn()
    await visitor.open('Notes')
    await visitor.typeAfter('Words.', ' More.')
    await visitor.isSaved()
    await visitor.page.getByRole('link', { name: 'All documents' }).click()
    await visitor.page.getByRole('button', { name: 'Sign out' }).click()
    await expect(visitor.page.getByRole('button', { name: 'Sign in' })).toBeVisible()
    expect(await visitor.context.cookies()).toEqual([])
    await visitor.page.goto(`${examples[name].url}/documents/${id}`)
    await expect(visitor.page.getByRole('button', { name: 'Sign in' })).toBeVisible()
    expect(await contentOnDevice(visitor)).toBe(0)
  })
}

async function somebodyWithADocument(api: Api) {
  const ada = await api.register('Ada Lind')
  return { ada, id: await api.createDocument(ada, 'Notes', 'Words.') }
}

/** How many records about documents the browser's databases hold. */
async function contentOnDevice({ page }: Visitor): Promise<number> {
  return page.evaluate(async () => {
    let records = 0
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name ?? '')
        opening.addEventListener('success', () => resolve(opening.result))
        opening.addEventListener('error', () => reject(opening.error ?? new Error('not opened')))
      })
      for (const store of ['states', 'operations', 'updates'])
        records += await new Promise<number>((resolve, reject) => {
          const counting = database.transaction(store).objectStore(store).count()
          counting.addEventListener('success', () => resolve(counting.result))
          counting.addEventListener('error', () => reject(counting.error ?? new Error('not counted')))
        })
      database.close()
    }
    return records
  })
}
