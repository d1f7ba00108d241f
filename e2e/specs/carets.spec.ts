import { expect, test } from '../support/story.ts'

test('US-9 the carets of others are shown with their names, and go when they leave', async ({ stage }) => {
  const { people } = await stage.together('Carets', ['Here we are'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ben.goToEnd()
  await expect(ada.caretOf('Ben')).toHaveCount(1)
  await expect(ada.presence.getByRole('img', { name: 'Ben' })).toBeVisible()
  await expect(ben.caretOf('Ben')).toHaveCount(0)

  await ben.leave()
  await expect(ada.caretOf('Ben')).toHaveCount(0)
})
