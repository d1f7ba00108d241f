import type { Person } from '../support/person.ts'
import { expect, test } from '../support/story.ts'

const HOUR = 60 * 60 * 1000

/** Sets the clock of somebody's computer, now and after each reload. */
async function setClock(person: Person, shift: number): Promise<void> {
  const change = (by: number): void => {
    const Real = Date
    globalThis.Date = class extends Real {
      constructor(...from: [] | [number]) {
        super(...((from.length === 0 ? [Real.now() + by] : from) as [number]))
      }
      static override now(): number {
        return Real.now() + by
      }
    } as DateConstructor
  }
  await person.page.addInitScript(change, shift)
  await person.page.evaluate(change, shift)
}

for (const [what, shift] of [
  ['back by a day', -24 * HOUR],
  ['ahead by a day', 24 * HOUR],
] as const)
  test(`US-45 a clock that is set ${what} loses nothing and locks nobody out`, async ({ stage }) => {
    const { id, people } = await stage.together('Clock', ['Start'], 'Ada', 'Ben')
    const [ada, ben] = people
    if (ada === undefined || ben === undefined) throw new Error('nobody came')
    await ada.typeAtEnd(' one')
    await setClock(ada, shift)
    await ada.typeAtEnd(' two')
    await ben.sees('Start one two')
    ada.network.cutSockets()
    await ada.typeAtEnd(' three')
    await ada.reload()
    ada.network.heal()
    await ada.typeAtEnd(' four')
    await stage.converge(id, ada, ben)
    await ben.sees('Start one two three four')
    await expect(ben.caretOf('Ada')).toHaveCount(1)
  })

test('US-46 a tab that was frozen for an hour goes on with what was typed before and meanwhile', async ({ stage }) => {
  const { id, people } = await stage.together('Frozen', ['Start', 'End'], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ada.isSaved()
  const session = await ada.context.newCDPSession(ada.page)
  ada.network.hold('to server')
  await ada.typeAtEnd(' typed before')
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  // In an hour the server has long given up a socket that answers nothing.
  ada.network.cutSockets()
  ada.network.deliver()
  await ben.goToStart()
  await ben.page.keyboard.type('Meanwhile: ')
  await ben.isSaved()
  ada.network.heal()
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await setClock(ada, HOUR)
  await ada.typeAtEnd(' and after')
  await stage.converge(id, ada, ben)
  await ben.sees('Meanwhile: Start\nEnd typed before and after')
})
