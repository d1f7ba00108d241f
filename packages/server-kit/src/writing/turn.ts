import type { Clock } from '../clock.ts'

/** Something that gathers work during a turn of the event loop. */
export interface TurnMember {
  endTurn(): void
}

/**
 * One call for everybody who asked, however often, in the order of asking: at the end of the present turn, or so many
 * milliseconds after the first one asked.
 */
export class Turn {
  readonly #clock: Clock
  readonly #afterMs: number
  #members = new Set<TurnMember>()

  constructor(clock: Clock, afterMs = 0) {
    this.#clock = clock
    this.#afterMs = afterMs
  }

  join(member: TurnMember): void {
    if (this.#members.size === 0) this.#clock.after(this.#afterMs, () => this.#end())
    this.#members.add(member)
  }

  #end(): void {
    const members = this.#members
    this.#members = new Set()
    for (const member of members) member.endTurn()
  }
}
