import { expect, test } from '../support/story.ts'

test('US-13 who leaves a document and comes back edits it as before', async ({ stage }) => {
  const { id, people } = await stage.together('In and out', ['0'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  let expected = '0'
  for (const round of [1, 2, 3]) {
    await ada.leave()
    await ada.open('In and out')
    await ada.sees(expected)
    await ada.typeAtEnd(` ${round}`)
    expected += ` ${round}`
    await ben.sees(expected)
    await ada.isSaved()
    expect(await stage.api.text(ada.account, id)).toBe(expected)
  }
})
