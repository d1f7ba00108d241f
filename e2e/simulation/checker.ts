import { RIGHTS_GRACE_MS } from './history.ts'
import type { HistoryEvent } from './history.ts'
import type { Marker } from './marker.ts'

/** A promise that was broken, by its number in the reliability rules. */
export interface Violation {
  readonly rule: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I10' | 'I11'
  readonly what: string
}

/** Decides from the history of a run alone which promises were kept. Empty: all of them. */
export function check(history: readonly HistoryEvent[]): readonly Violation[] {
  const run = new Run()
  for (const event of history) run.take(event)
  run.finish()
  return run.violations
}

type Of<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>

class Run {
  readonly violations: Violation[] = []
  readonly #written = new Map<Marker, Of<'written'>>()
  readonly #erased = new Set<Marker>()
  readonly #journaled = new Map<Marker, Of<'journaled'>>()
  readonly #durable = new Map<Marker, number>()
  readonly #operations = new Set<string>()
  /** When an operation first reached a server. What was accepted may wait for the store longer than a right lasts. */
  readonly #arrivals = new Map<string, number>()
  /** Highest counter of each replica in the log. */
  readonly #counters = new Map<string, number>()
  /** Markers that somebody was told are safe. */
  readonly #promised = new Map<Marker, string>()
  /** Markers whose deletion somebody was told is safe. */
  readonly #gone = new Map<Marker, string>()
  readonly #rights = new Map<string, { mayEdit: boolean; since: number }>()
  readonly #views: Of<'view'>[] = []
  readonly #kept = new Set<Marker>()
  #head = 0
  #processed = 0

  take(event: HistoryEvent): void {
    switch (event.kind) {
      case 'written':
        if (this.#written.has(event.marker)) throw new Error(`the run itself wrote ${event.marker} twice`)
        this.#written.set(event.marker, event)
        return
      case 'erased':
        this.#erased.add(event.marker)
        return
      case 'journaled':
        for (const marker of event.markers) this.#journaled.set(marker, event)
        return
      case 'arrived': {
        const arrival = `${event.server} ${event.replicaId} ${event.counter}`
        if (!this.#arrivals.has(arrival)) this.#arrivals.set(arrival, event.at)
        return
      }
      case 'durable':
        return this.#takeDurable(event)
      case 'acknowledged':
        if ((this.#counters.get(event.replicaId) ?? 0) < event.counter)
          this.#report('I1', `operation ${event.counter} of ${event.replicaId} was acknowledged before it was durable`)
        return
      case 'shown':
        return this.#takeShown(event)
      case 'saved':
        return this.#takeSaved(event)
      case 'rights':
        this.#rights.set(event.user, { mayEdit: event.mayEdit, since: event.at })
        return
      case 'processed':
        if (event.seq < this.#processed) this.#report('I6', `processed fell from ${this.#processed} to ${event.seq}`)
        if (event.seq > this.#head) this.#report('I6', `processed ${event.seq} with only ${this.#head} stored`)
        this.#processed = event.seq
        return
      case 'view':
        this.#views.push(event)
        return
      case 'kept':
        for (const marker of event.markers) this.#kept.add(marker)
        return
      case 'restless':
        return this.#report('I5', event.what)
    }
  }

  finish(): void {
    const [first, ...others] = this.#views
    if (first === undefined) return this.#report('I2', 'nobody looked at the document in the end')
    for (const other of others)
      if (other.appearance !== first.appearance)
        this.#report('I2', `${other.view} differs from ${first.view}:\n${other.appearance}\n${first.appearance}`)
    for (const view of this.#views) this.#finishView(view)
    for (const [marker, { device, user }] of this.#journaled)
      if (!this.#durable.has(marker) && !this.#kept.has(marker))
        this.#report('I11', `${marker} of ${user} was in the journal of ${device} and is neither stored nor kept`)
  }

  #finishView({ view, markers }: Of<'view'>): void {
    const count = new Map<Marker, number>()
    for (const marker of markers) count.set(marker, (count.get(marker) ?? 0) + 1)
    for (const [marker, times] of count) {
      if (times > 1) this.#report('I3', `${marker} is ${times} times in ${view}`)
      if (!this.#written.has(marker)) this.#report('I4', `nobody wrote ${marker}, which is in ${view}`)
    }
    for (const marker of this.#durable.keys())
      if (!count.has(marker) && !this.#erased.has(marker)) this.#report('I1', `${marker} is stored but not in ${view}`)
    for (const [marker, promise] of this.#gone)
      if (count.has(marker)) this.#report('I1', `${marker} is still in ${view}, but ${promise}`)
    for (const [marker, promise] of this.#promised)
      if (!count.has(marker) && !this.#erased.has(marker))
        this.#report('I1', `${marker} is not in ${view}, but ${promise}`)
  }

  #takeDurable(event: Of<'durable'>): void {
    const id = `${event.replicaId} ${event.counter}`
    if (this.#operations.has(id)) this.#report('I3', `the log holds operation ${id} twice`)
    this.#operations.add(id)
    if (event.seq !== this.#head + 1) this.#report('I2', `seq ${event.seq} follows ${this.#head} in the log`)
    this.#head = event.seq
    this.#counters.set(event.replicaId, Math.max(this.#counters.get(event.replicaId) ?? 0, event.counter))
    for (const marker of event.markers) {
      if (this.#durable.has(marker)) this.#report('I3', `${marker} is in the log twice`)
      if (!this.#written.has(marker)) this.#report('I4', `nobody wrote ${marker}, which is in the log`)
      this.#durable.set(marker, event.seq)
    }
    const rights = this.#rights.get(event.authorId)
    const arrival = this.#arrivals.get(`${event.server} ${id}`) ?? event.at
    if (rights !== undefined && !rights.mayEdit && arrival > rights.since + RIGHTS_GRACE_MS)
      this.#report(
        'I10',
        `an operation of ${event.authorId} was stored that arrived ${arrival - rights.since} ms after the right was withdrawn`,
      )
  }

  #takeShown(event: Of<'shown'>): void {
    if (event.seq > this.#head)
      this.#report('I1', `${event.tab} was shown seq ${event.seq}, and only ${this.#head} is stored`)
    for (const marker of event.markers) {
      if (!this.#durable.has(marker)) this.#report('I1', `${event.tab} was shown ${marker} before it was stored`)
      this.#promised.set(marker, `${event.tab} saw it`)
    }
  }

  #takeSaved(event: Of<'saved'>): void {
    for (const marker of event.markers) {
      if (!this.#durable.has(marker)) this.#report('I11', `${event.tab} showed "saved" before ${marker} was stored`)
      this.#promised.set(marker, `${event.tab} showed it as saved`)
    }
    for (const marker of event.erased) this.#gone.set(marker, `${event.tab} showed its deletion as saved`)
  }

  #report(rule: Violation['rule'], what: string): void {
    this.violations.push({ rule, what })
  }
}
