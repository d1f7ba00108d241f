import type { Direction, FaultyNetwork, FrameKind } from './faulty-network.ts'
import type { TestPerson } from './test-person.ts'

/**
 * The network of a whole world. Each call is about the people that are named, and about everybody where nobody is. What the
 * calls mean is said at `NetworkFaults`.
 */
export class WorldNetwork {
  readonly #everybody: () => readonly TestPerson[]
  readonly #note: (what: string) => void

  constructor(everybody: () => readonly TestPerson[], note: (what: string) => void) {
    this.#everybody = everybody
    this.#note = note
  }

  /** Nothing arrives any more, in either direction, and neither end is told. What is sent meanwhile waits for `heal`. */
  partition(...people: readonly TestPerson[]): void {
    this.#each('is partitioned', people, (network) => network.partition())
  }

  /** Takes back every fault that lasts. */
  heal(...people: readonly TestPerson[]): void {
    this.#each('is healed', people, (network) => network.heal())
  }

  /** Every connection breaks, and what was on its way is lost. */
  cut(...people: readonly TestPerson[]): void {
    this.#each('is cut', people, (network) => network.cut())
  }

  /** Connections that are there say nothing more for good, and neither end is told. New ones are made as ever. */
  silence(...people: readonly TestPerson[]): void {
    this.#each('falls silent', people, (network) => network.silence())
  }

  /** Every connection is closed with this code, as if the server had said it. */
  closeWith(code: number, ...people: readonly TestPerson[]): void {
    this.#each(`is closed with ${code}`, people, (network) => network.closeWith(code))
  }

  /** Everything takes this long, in each direction. Milliseconds. */
  delay(ms: number, ...people: readonly TestPerson[]): void {
    this.#each(`takes ${ms} ms`, people, (network) => network.delay(ms))
  }

  /** The connection breaks over the next frame of this kind, which does not arrive. */
  dropNext(kind: FrameKind, ...people: readonly TestPerson[]): void {
    this.#each(`will drop the next "${kind}"`, people, (network) => network.dropNext(kind))
  }

  /** Every operation arrives twice. */
  duplicate(...people: readonly TestPerson[]): void {
    this.#each('duplicates operations', people, (network) => network.duplicate())
  }

  /** What goes in this direction waits until `deliver` or `heal`. */
  hold(direction: Direction, ...people: readonly TestPerson[]): void {
    this.#each(`holds what goes ${direction}`, people, (network) => network.hold(direction))
  }

  /** Lets through what `hold` held. */
  deliver(...people: readonly TestPerson[]): void {
    this.#each('delivers what it held', people, (network) => network.deliver())
  }

  #each(what: string, people: readonly TestPerson[], call: (network: FaultyNetwork) => void): void {
    const whose = people.length === 0 ? 'everybody' : people.map(({ name }) => name).join(' and ')
    this.#note(`the network of ${whose} ${what}`)
    for (const { network } of people.length === 0 ? this.#everybody() : people) call(network)
  }
}
