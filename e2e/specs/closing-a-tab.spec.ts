import { test } from '../support/story.ts'

test('US-12 a tab that is closed right after typing loses nothing', async ({ stage }) => {
  const { people } = await stage.together('Closed at once', ['Start'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  const tab = await ada.anotherTab()
  await tab.open('Closed at once')
  await tab.typeAtEnd(' and the last words')
  await tab.closeTab()
  // What the tab could not send as it went is in its journal, which the next visit of this browser finds.
  await ada.reload()
  await ben.sees('Start and the last words')
  await ada.sees('Start and the last words')
})

test('US-12 the last tab that is closed right after typing has kept it for the next start', async ({ stage }) => {
  const { id, people } = await stage.together('Closed last', ['Start'], 'Ada')
  const [ada] = people
  if (ada === undefined) throw new Error('nobody came')
  ada.network.cutSockets()
  await ada.typeAtEnd(' and the last words')
  await ada.closeTab()

  ada.network.heal()
  const next = await ada.anotherTab()
  await next.open('Closed last')
  await next.sees('Start and the last words')
  await next.isSaved()
  await next.sees(await stage.api.text(ada.account, id))
})
