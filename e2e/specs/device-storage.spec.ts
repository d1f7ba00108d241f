import type { Page } from '@playwright/test'
import type { Person } from '../support/person.ts'
import { expect, test } from '../support/story.ts'

/** Tries to leave the page; whether the browser asks first. The answer is to stay. */
async function asksBeforeLeaving(person: Person): Promise<boolean> {
  const asked = person.page.waitForEvent('dialog', { timeout: 3_000 }).then(
    async (dialog) => {
      expect(dialog.type()).toBe('beforeunload')
      await dialog.dismiss()
      return true
    },
    () => false,
  )
  await person.page.evaluate(() => setTimeout(() => location.reload(), 0))
  return asked
}

/** Private windows of some browsers have no database, and say so by throwing. */
async function blockDatabases(page: Page): Promise<void> {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    }
  })
}

/** Lets the pages of a person keep no more than this on the device. Returns what gives them as much as everybody has. */
async function limitDevice({ page, network }: Person, bytes: number): Promise<() => Promise<void>> {
  // The limit holds as long as its session.
  const session = await page.context().newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin: network.url, quotaSize: bytes })
  return () => session.detach()
}

/** Keeps something else on the device until the browser takes nothing more, however little it is. */
async function fillDevice({ page }: Person): Promise<void> {
  await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('something else')
      opening.addEventListener('upgradeneeded', () =>
        opening.result.createObjectStore('bytes', { autoIncrement: true }),
      )
      opening.addEventListener('success', () => resolve(opening.result))
      opening.addEventListener('error', () => reject(opening.error ?? new Error('not opened')))
    })
    const isKept = (bytes: Uint8Array): Promise<boolean> =>
      new Promise((resolve, reject) => {
        const writing = database.transaction('bytes', 'readwrite')
        writing.objectStore('bytes').put(bytes)
        writing.addEventListener('complete', () => resolve(true))
        writing.addEventListener('abort', () => {
          if (writing.error?.name === 'QuotaExceededError') resolve(false)
          else reject(writing.error ?? new Error('not written'))
        })
      })
    let [kept, size] = [0, 65_536]
    while (size >= 16 && kept < 10_000_000)
      if (await isKept(crypto.getRandomValues(new Uint8Array(size)))) kept += size
      else size /= 2
    database.close()
    if (size >= 16) throw new Error('the browser takes more than it was told to')
  })
}

test('US-42 where the browser keeps nothing the page says so, asks before it is left with unsaved edits, and goes on', async ({
  stage,
}) => {
  const { id, people } = await stage.together('No database', ['Start'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await blockDatabases(ada.page)
  await ada.reload()
  await expect(ada.message.first()).toContainText(/device/i)
  await ada.typeAtEnd(' online')
  await ben.sees('Start online')
  await ada.isSaved()

  ada.network.cutSockets()
  await expect(ada.saveStatus).not.toHaveText(/^Saved/)
  await ada.typeAtEnd(' offline')
  await expect(ada.saveStatus).toContainText('in this page only')
  expect(await asksBeforeLeaving(ada)).toBe(true)
  await ada.sees('Start online offline')

  ada.network.heal()
  await stage.converge(id, ada, ben)
  await ben.sees('Start online offline')
})

for (const [what, wipe] of [
  [
    'deleted by another tab',
    (page: Page) =>
      page.evaluate(async () => {
        for (const { name } of await indexedDB.databases())
          await new Promise((resolve, reject) => {
            const deleting = indexedDB.deleteDatabase(name ?? '')
            deleting.addEventListener('success', resolve)
            deleting.addEventListener('error', reject)
          })
      }),
  ],
  [
    'wiped by the browser',
    async (page: Page) => {
      const session = await page.context().newCDPSession(page)
      const { origin } = new URL(page.url())
      await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' })
    },
  ],
] as const)
  test(`US-43 what is typed around the moment in which the database is ${what} is not lost`, async ({ stage }) => {
    const { id, people } = await stage.together('Wiped', ['Start'], 'Ada', 'Ben')
    const [ada, ben] = people
    if (ada === undefined || ben === undefined) throw new Error('nobody came')
    await ada.isSaved()
    ada.network.cutSockets()
    await ada.typeAtEnd(' before')
    await expect.poll(() => ada.recordsOnDevice()).toBeGreaterThan(0)
    await wipe(ada.page)
    await ada.typeAtEnd(' after')
    // The device works again: everything that is not saved is written anew, so that the page may go.
    await expect(ada.saveStatus).toContainText('on this device')
    for (const kinds of [['operations', 'updates'], ['states']] as const)
      await expect(async () => expect(await ada.recordsOnDevice(kinds)).toBeGreaterThan(0)).toPass({ timeout: 20_000 })
    // Without a network the page shows both: the content that was known, and the edits.
    await ada.reload()
    await ada.sees('Start before after')
    await expect(ada.saveStatus).not.toHaveText(/^Saved/)
    ada.network.heal()
    await stage.converge(id, ada, ben)
    await ben.sees('Start before after')
  })

test('US-44 a full device is said in words, the page asks before it is left, and what was typed arrives', async ({
  stage,
}) => {
  const [account, other] = [await stage.api.register('Ada'), await stage.api.register('Ben')]
  const id = await stage.api.createDocument(account, 'Full', 'Start')
  await stage.api.share(account, id, other, 'editor')
  const [ada, ben] = [await stage.visitor(account), await stage.person(other)]
  // Before anything is kept: the browser remembers for half a minute how much room there was.
  const makeRoom = await limitDevice(ada, 2_000_000)
  await ada.signIn()
  await ada.open('Full')
  await ben.open('Full')
  await ada.typeAtEnd(' with room,')
  await ada.isSaved()
  await expect(ada.message).toHaveCount(0)

  await test.step('full, with a server', async () => {
    await fillDevice(ada)
    await ada.typeAtEnd(' on a full device,')
    await expect(ada.message.first()).toContainText('The storage of this device is full')
    await ben.sees('Start with room, on a full device,')
    await ada.isSaved()
  })

  await test.step('full, without a server', async () => {
    ada.network.cutSockets()
    await ada.typeAtEnd(' and alone')
    await expect(ada.saveStatus).toContainText('in this page only')
    expect(await asksBeforeLeaving(ada)).toBe(true)
    await ada.sees('Start with room, on a full device, and alone')
  })

  await test.step('room again, still without a server', async () => {
    await makeRoom()
    await expect(ada.saveStatus).toContainText('on this device', { timeout: 60_000 })
    await expect(ada.message).toHaveCount(0)
    // What was written while it was full is on the device now, and nowhere else when the page goes.
    await ada.reload()
    await expect(ada.saveStatus).toContainText('on this device')
  })

  ada.network.heal()
  await stage.converge(id, ada, ben)
  await ben.sees('Start with room, on a full device, and alone')
})
