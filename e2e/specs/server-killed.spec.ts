import { expect, test } from '../support/story.ts'
import type { Person } from '../support/person.ts'

/** Types words that only this person types, and remembers which of them the person was told are saved. */
class Writer {
  readonly typed: string[] = []
  saved = 0
  readonly #person: Person
  readonly #name: string

  constructor(person: Person, name: string) {
    this.#person = person
    this.#name = name
  }

  async write(words: number): Promise<void> {
    for (let word = 0; word < words; word++) {
      const next = `${this.#name}${this.typed.length}`
      this.typed.push(next)
      await this.#person.page.keyboard.type(`${next} `, { delay: 15 })
      if ((await this.#person.saveStatus.innerText()).startsWith('Saved')) this.saved = this.typed.length
    }
  }

  /** Writes on until the person was told at least once that it is saved. */
  async writeUntilSaved(): Promise<void> {
    await this.write(1)
    await this.#person.isSaved()
    this.saved = this.typed.length
  }
}

test('US-15 a server that is killed while three people type has lost nothing that was shown as saved', async ({
  stage,
}) => {
  test.slow()
  const { id, people } = await stage.together('Killed', ['', '', ''], 'Ada', 'Ben', 'Cleo')
  const writers = people.map((person, index) => new Writer(person, 'xyz'.charAt(index)))
  for (const [index, person] of people.entries()) {
    await person.goToStart()
    for (let down = 0; down < index; down++) await person.page.keyboard.press('ArrowDown')
  }
  await Promise.all(writers.map((writer) => writer.writeUntilSaved()))

  const words = /\b[xyz]\d+\b/g
  for (const wordsBeforeTheKill of [3, 7]) {
    const before = writers[0]!.typed.length
    const typing = Promise.all(writers.map((writer) => writer.write(12)))
    await expect
      .poll(() => writers[0]!.typed.length - before, { intervals: [20] })
      .toBeGreaterThanOrEqual(wordsBeforeTheKill)
    await stage.server.kill9()
    const savedBefore = writers.flatMap((writer) => writer.typed.slice(0, writer.saved))
    await typing
    await stage.server.startAgain()
    const kept: string[] = (await stage.api.text(people[0]!.account, id)).match(words) ?? []
    for (const word of savedBefore) expect(kept).toContain(word)
    await Promise.all(people.map((person) => person.isSaved(40_000)))
  }

  const stored = await stage.api.text(people[0]!.account, id)
  for (const person of people) await person.sees(stored)
  const kept: string[] = stored.match(words) ?? []
  const typed = writers.flatMap((writer) => writer.typed)
  expect(kept.toSorted()).toEqual(typed.toSorted())
})
