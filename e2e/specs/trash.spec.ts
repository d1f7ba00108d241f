import { expect, test } from '../support/story.ts'
import type { Person } from '../support/person.ts'

const restoreButton = (person: Person) => person.page.getByRole('button', { name: /^Restore/ })

test('DM-2 a deleted document is taken back at once, or later from the trash', async ({ stage }) => {
  const account = await stage.api.register('Ada')
  await stage.api.createDocument(account, 'Letters', 'Dear all,')
  const ada = await stage.person(account)
  await ada.delete('Letters')
  await expect(ada.entry('Letters')).toHaveCount(0)
  await ada.page.getByRole('button', { name: 'Undo' }).click()
  await expect(ada.entry('Letters')).toBeVisible()

  await ada.delete('Letters')
  await expect(ada.entry('Letters')).toHaveCount(0)
  await ada.page.getByRole('link', { name: 'Trash' }).click()
  await ada.page.reload()
  await ada.page.getByRole('button', { name: 'Restore Letters' }).click()
  await expect(ada.page.getByRole('heading', { name: 'The trash is empty' })).toBeVisible()
  await ada.page.getByRole('link', { name: 'Documents', exact: true }).click()
  await ada.open('Letters')
  await ada.sees('Dear all,')
})

test('DM-3 a document that goes into the trash while it is open is read on, and written on once it is back', async ({
  stage,
}) => {
  const { id, people } = await stage.together('Our plan', ['First'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  const list = await ada.anotherTab()
  await list.delete('Our plan')

  await expect(ben.message).toContainText('in the trash')
  await expect(ben.writable).toHaveCount(0)
  await ben.sees('First')
  await expect(restoreButton(ben)).toHaveCount(0)

  await restoreButton(ada).click()
  // The text of before stays in sight until the document is open again.
  await expect(ada.writable).toHaveCount(1)
  await ada.typeAtEnd(' and second')
  await ada.isSaved()
  // Ben's page finds out on its own.
  await expect(ben.writable).toHaveCount(1)
  await ben.sees('First and second')
  await ben.typeAtEnd(' and third')
  await ben.isSaved()
  expect(await stage.api.text(ada.account, id)).toBe('First and second and third')
})
