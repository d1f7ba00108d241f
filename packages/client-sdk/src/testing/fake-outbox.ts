import type { JournaledOperation } from '../device/store.ts'
import { emptyOutbox } from '../outbox.ts'
import type { Outbox } from '../outbox.ts'
import type { OutboxSource, OutboxStep } from '../outbox-view.ts'
import { Queue } from '../queue.ts'
import type { OutboxObserver } from '../replica.ts'

const BYTES = 40
const REPLICA = '0'.repeat(32)

const operation = (counter: number): JournaledOperation => ({
  counter,
  baseSeq: 0,
  versionVector: [],
  update: new Uint8Array(BYTES),
  edits: 1,
})

/** Operations on their way, as a test says it. */
export class FakeOutbox implements OutboxSource {
  readonly #observers = new Set<OutboxObserver>()
  #outbox: Outbox = emptyOutbox(REPLICA)

  get outbox(): Outbox {
    return this.#outbox
  }

  get isStored(): boolean {
    return true
  }

  get isAtRisk(): boolean {
    return this.#outbox.queued.length > 0
  }

  observe(observer: OutboxObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** Where each operation is by now, from the first one on: `['durable', 'sent', 'gathering']`. */
  set(steps: readonly OutboxStep[]): void {
    const highest = (...those: readonly OutboxStep[]): number =>
      Math.max(0, ...steps.map((step, index) => (those.includes(step) ? index + 1 : 0)))
    const before = this.#outbox.committed
    const committed = highest('durable')
    const minted = highest('on-device', 'sent', 'received', 'durable', 'refused')
    const refused = steps.indexOf('refused')
    this.#outbox = {
      ...this.#outbox,
      operations: counting(committed, minted).map(operation),
      queued: Queue.of(counting(minted, steps.length).map((key) => ({ key, update: new Uint8Array(BYTES) }))),
      counter: minted,
      journaled: minted,
      sent: highest('sent', 'received', 'durable', 'refused'),
      everSent: highest('sent', 'received', 'durable', 'refused'),
      received: highest('received', 'durable', 'refused'),
      committed,
      unsaved: steps.length - committed,
      refusal: refused < 0 ? null : { counter: refused + 1, code: 'structure', message: 'Refused by the test.' },
    }
    const durable = counting(before, committed).map(operation)
    for (const observer of this.#observers) {
      if (durable.length > 0) observer.durable?.(durable, committed)
      observer.changed()
    }
  }
}

/** The numbers after `from` up to `to`. */
const counting = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index + 1)
