import { expect, test } from '../support/story.ts'

test('US-10 what is typed offline arrives when the network is back, from both sides', async ({ stage }) => {
  const { id, people } = await stage.together('Offline', ['Start', 'End'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ada.context.setOffline(true)
  ada.network.cut()
  await ada.typeAtEnd(' written offline')
  await expect(ada.saveStatus).toHaveText(/offline|this device|unsaved|not saved/i)
  await ben.goToStart()
  await ben.page.keyboard.type('Meanwhile: ')
  await ben.isSaved()
  await ada.sees('Start\nEnd written offline')

  ada.network.heal()
  await ada.context.setOffline(false)
  await ada.isSaved()
  await ada.sees('Meanwhile: Start\nEnd written offline')
  await ben.sees('Meanwhile: Start\nEnd written offline')
  expect(await stage.api.text(ben.account, id)).toBe('Meanwhile: Start\nEnd written offline')
})
