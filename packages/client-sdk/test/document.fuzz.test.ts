import { expect, it } from 'vitest'
import { seededRandom } from '../src/testing/index.ts'
import { newDevice, text, world, write } from './support/world.ts'
import type { Tab, World } from './support/world.ts'

const RUNS = 60
const STEPS = 60

interface Person {
  readonly name: string
  readonly device: ReturnType<typeof newDevice>
  tabs: Tab[]
}

/** Every edit writes a word that is there only once: what is lost or doubled shows. */
async function simulate(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random.fraction() * limit)
  const all: World = world()
  const people: Person[] = ['ada', 'grace', 'alan'].map((name) => ({ name, device: newDevice(), tabs: [] }))
  const words: string[] = []
  const batching = below(2) === 0 ? ('immediate' as const) : {}

  const open = (person: Person): void => void person.tabs.push(all.tab(person.name, person.device, { batching }))
  const steps: ((person: Person) => void)[] = [
    ...Array.from({ length: 6 }, () => (person: Person) => {
      const tab = person.tabs[below(person.tabs.length)]
      if (tab?.document.getSnapshot().loaded !== true) return
      words.push(`${words.length}`)
      write(tab.document, `${words.length - 1},`)
    }),
    (person) => person.tabs[below(person.tabs.length)]?.network.cut(),
    (person) => person.tabs[below(person.tabs.length)]?.network.partition(),
    (person) => person.tabs.forEach(({ network }) => network.heal()),
    (person) => person.tabs[below(person.tabs.length)]?.runtime.page.signal(below(2) === 0 ? 'offline' : 'online'),
    (person) => {
      if (person.tabs.length < 3) open(person)
    },
    (person) => {
      if (below(2) === 0) person.tabs.splice(below(person.tabs.length), 1)[0]?.kill()
    },
    () => all.server.stall(),
    () => all.server.resume(),
    () => {
      // A server that dies with what it received, and is there again.
      if (!all.server.isStalled) return
      all.server.restart()
    },
  ]
  people.forEach(open)
  await all.advance(0)
  for (let step = 0; step < STEPS; step++) {
    steps[below(steps.length)]?.(people[below(people.length)]!)
    // An edit is on the device when the code that made it has run to its end; a tab does not die inside of it.
    await all.settle()
    if (below(3) === 0) await all.advance(below(4) === 0 ? 5_000 : below(300))
  }
  all.server.resume()
  for (const { tabs } of people)
    for (const { network, runtime } of tabs) {
      network.heal()
      runtime.page.signal('online')
    }
  await all.advance(60_000)
  for (const person of people) {
    // Whatever dead tabs left is sent by the next visit.
    open(person)
    await all.advance(10_000)
  }
  const found = text(all.server.content()).split(',').filter(Boolean)
  expect(found.sort((a, b) => Number(a) - Number(b))).toEqual(words)
  for (const { tabs } of people)
    for (const { document } of tabs) {
      expect(document.getSnapshot()).toMatchObject({ saveState: 'saved', unsavedChanges: 0, error: null })
      expect(text(document)).toBe(text(all.server.content()))
    }
}

it(`DO-34 ${RUNS} seeded runs of people, tabs, cuts and crashes: nothing is lost or doubled, and all end equal`, async () => {
  for (let seed = 1; seed <= RUNS; seed++)
    try {
      await simulate(seed)
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error })
    }
}, 120_000)
