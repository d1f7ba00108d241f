import { expect, test } from '../support/story.ts'

test('US-1 somebody signs up, finds an empty list, and is still signed in after a reload', async ({ stage }) => {
  const ada = await stage.visitor({
    name: 'Ada',
    email: 'ada@example.com',
    password: 'a long word of Ada',
    id: '',
    token: '',
  })
  await ada.signUp()
  await expect(ada.entries).toHaveCount(0)
  await ada.page.reload()
  await expect(ada.list).toBeVisible()
})

test('US-1 a wrong password is refused with a message, and the right one works afterwards', async ({ stage }) => {
  const account = await stage.api.register('Ada')
  const ada = await stage.visitor(account)
  await ada.enterCredentials(account.email, 'not the password')
  await expect(ada.page.getByRole('alert')).toBeVisible()
  await ada.signIn()
})

test('US-2 each of the two demo accounts is one click away', async ({ stage }) => {
  for (const number of [0, 1]) {
    const visitor = await stage.visitor(await stage.api.register('Nobody'))
    await visitor.page.goto(visitor.network.url)
    await visitor.demoAccounts.nth(number).click()
    await expect(visitor.list).toBeVisible()
  }
})
