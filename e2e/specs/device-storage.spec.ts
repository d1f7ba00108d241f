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

/** From now on the browser takes nothing more, as when its quota is used up, or takes it again. */
async function setRoom(page: Page, room: 'none' | 'enough'): Promise<void> {
  await page.evaluate((now) => {
    const names = ['put', 'add'] as const
    const kept = ((globalThis as { kept?: Pick<IDBObjectStore, 'put' | 'add'> }).kept ??= {
      put: IDBObjectStore.prototype.put,
      add: IDBObjectStore.prototype.add,
    })
    for (const name of names)
      IDBObjectStore.prototype[name] =
        now === 'enough'
          ? kept[name]
          : () => {
              throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
            }
  }, room)
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
  const { id, people } = await stage.together('Full', ['Start'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ada.isSaved()
  await setRoom(ada.page, 'none')
  ada.network.cutSockets()
  await ada.typeAtEnd(' on a full device')
  await expect(ada.saveStatus).toContainText('in this page only', { timeout: 20_000 })
  await expect(ada.message.first()).toContainText(/device|full|storage/i)
  expect(await asksBeforeLeaving(ada)).toBe(true)
  await setRoom(ada.page, 'enough')
  ada.network.heal()
  await stage.converge(id, ada, ben)
  await ben.sees('Start on a full device')
})
