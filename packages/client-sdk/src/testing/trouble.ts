import type { Random } from '../runtime.ts'
import type { FrameKind } from './faulty-network.ts'
import type { MemoryServer } from './memory-server.ts'
import type { ServerStep } from './server-writer.ts'
import type { TestPerson } from './test-person.ts'

const STEPS: readonly ServerStep[] = ['receive', 'append', 'acknowledge', 'tell']
const FRAMES: readonly FrameKind[] = ['welcome', 'state', 'operation', 'received', 'committed', 'presence', 'pong']

/** Everything that can go wrong, and the end of it. */
export interface TroubleOptions {
  readonly random: Random
  readonly server: MemoryServer
  readonly people: () => readonly TestPerson[]
}

type Fault = (person: TestPerson) => void

/** Lets things go wrong as chance has it. */
export class Trouble {
  readonly #options: TroubleOptions
  readonly #faults: readonly Fault[]

  constructor(options: TroubleOptions) {
    const { server } = options
    this.#options = options
    this.#faults = [
      ({ network }) => network.cut(),
      ({ network }) => network.partition(),
      ({ network }) => network.heal(),
      ({ network }) => network.heal(),
      ({ network }) => network.delay(this.#below(400)),
      ({ network }) => network.duplicate(),
      ({ network }) => network.dropNext(this.#pick(FRAMES, 'pong')),
      (person) => (person.page.online ? person.goOffline() : person.goOnline()),
      (person) => (person.isGone ? void person.reopen() : person.crash()),
      (person) => void person.reopen(),
      () => server.killBefore(this.#pick(STEPS, 'append')),
      () => server.killAfter(this.#pick(STEPS, 'append')),
      () => server.kill(),
      () => server.restart(),
      () => server.restart(),
      () => (server.isStalled ? server.resume() : server.stall()),
      () => server.failAppend(this.#below(2) === 0 ? 'written' : 'not written'),
      () => server.drain(this.#below(2_000)),
      (person) => server.expireToken(person),
      (person) => server.withdraw(person, 'viewer'),
      (person) => server.grant(person, 'editor'),
      ({ documents }) => documents.forEach(({ id }) => server.fold(id)),
    ]
  }

  /** One more thing goes wrong, for somebody. */
  strike(): void {
    const people = this.#options.people()
    const person = people[this.#below(people.length)]
    const fault = this.#faults[this.#below(this.#faults.length)]
    if (person !== undefined) fault?.(person)
  }

  /** Everything works again, and everybody is back. */
  end(): void {
    const { server, people } = this.#options
    server.restart()
    for (const person of people()) {
      server.grant(person, 'editor')
      person.network.heal()
      if (!person.page.online) person.goOnline()
      if (person.isGone) person.reopen()
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#options.random.fraction() * limit)
  }

  #pick<Item>(items: readonly Item[], orElse: Item): Item {
    return items[this.#below(items.length)] ?? orElse
  }
}
