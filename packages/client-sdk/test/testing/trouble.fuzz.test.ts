import { expect, it } from 'vitest'
import { createTestWorld } from '../../src/testing/index.ts'
import { type } from './typing.ts'

const RUNS = Number(process.env['SHEAF_RUNS'] ?? 20)
const onlySeed = process.env['SHEAF_SEED']
const seeds = onlySeed === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(onlySeed)]

it(`TK-9 ${seeds.length} seeded runs of trouble: what the client promises holds, and everybody ends equal`, async () => {
  let edits = 0
  for (const seed of seeds) {
    const world = createTestWorld({ seed })
    const people = ['Ada', 'Bo', 'Cy'].map((name) => world.person(name))
    people.push(people[0]!.openTab())
    for (const person of people) person.open('doc')
    await world.settled()
    await world.trouble(15_000, (person) => {
      if (!person.open('doc').getSnapshot().editable) return
      type(person, `${(edits += 1)},`)
    })
    await world.verify()
    await world.close()
  }
  console.log(`${edits} edits`)
  expect(edits).toBeGreaterThan(seeds.length * 10)
}, 120_000)
