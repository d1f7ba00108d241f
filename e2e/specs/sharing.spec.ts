import { expect, test } from '../support/story.ts'

test('US-4 a document that is shared by e-mail is in the list of the other, who may write in it', async ({ stage }) => {
  const [ada, ben] = [await stage.api.register('Ada'), await stage.api.register('Ben')]
  await stage.api.createDocument(ada, 'Our plan', 'First')
  const owner = await stage.person(ada)
  await owner.open('Our plan')
  await owner.share(ben.email, 'editor')

  const other = await stage.person(ben)
  await other.open('Our plan')
  await other.typeAtEnd(' and second')
  await owner.sees('First and second')
})

test('US-4 an address that has no account is answered with a message', async ({ stage }) => {
  const ada = await stage.api.register('Ada')
  await stage.api.createDocument(ada, 'Our plan')
  const owner = await stage.person(ada)
  await owner.open('Our plan')
  await owner.enterShare('nobody@example.com', 'editor')
  await expect(owner.page.getByRole('alert')).toBeVisible()
})
