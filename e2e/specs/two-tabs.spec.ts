import { test } from '../support/story.ts'

test('US-5 two tabs of one account show the same text', async ({ stage }) => {
  const { people } = await stage.together('Two tabs', ['Start'], 'Ada')
  const [first] = people
  if (first === undefined) throw new Error('nobody came')
  const second = await first.anotherTab()
  await second.open('Two tabs')

  await first.typeAtEnd(' from the first')
  await second.sees('Start from the first')
  await second.typeAtEnd(' and the second')
  await first.sees('Start from the first and the second')
  await first.isSaved()
  await second.isSaved()
})
