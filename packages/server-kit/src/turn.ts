import type { Clock } from './clock.ts'

/** Something that gathers work during a turn of the event loop. */
export interface TurnMember {
  endTurn(): void
}

/** One call at the end of the present turn for everybody who asked, however often, in the order of asking. */
export class Turn {
  readonly #clock: Clock
  #members = new Set<TurnMember>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  join(member: TurnMember): void {
    if (this.#members.size === 0) this.#clock.after(0, () => this.#end())
    this.#members.add(member)
  }

  #end(): void {
    const members = this.#members
    this.#members = new Set()
    for (const member of members) member.endTurn()
  }
}
