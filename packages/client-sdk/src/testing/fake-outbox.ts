import type { JournaledOperation } from '../device/store.ts'
import { emptyOutbox } from '../outbox.ts'
import type { Outbox } from '../outbox.ts'
import type { OutboxSource, OutboxStep } from '../outbox-view.ts'
import { Queue } from '../queue.ts'
import type { OutboxObserver } from '../replica.ts'

/** An operation of a fake document: only where it is, or more of it. */
export type FakeOperation =
  | OutboxStep
  | {
      readonly step: OutboxStep
      /** Local edits in it; 1 unless told. */
      readonly edits?: number
      /** Its place in the document once it is durable; its counter unless told. */
      readonly seq?: number
    }

interface Facts {
  readonly step: OutboxStep
  readonly edits: number
  readonly seq: number
}

const BYTES = 40
const REPLICA = '0'.repeat(32)

/** Operations on their way, as a test says it. */
export class FakeOutbox implements OutboxSource {
  readonly #observers = new Set<OutboxObserver>()
  #outbox: Outbox = emptyOutbox(REPLICA)
  #facts: readonly Facts[] = []

  get outbox(): Outbox {
    return this.#outbox
  }

  get isStored(): boolean {
    return true
  }

  get isAtRisk(): boolean {
    return this.#outbox.queued.length > 0
  }

  /** How many listen. */
  get listeners(): number {
    return this.#observers.size
  }

  observe(observer: OutboxObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** Where each operation is by now, from the first one on: `['durable', 'sent', 'gathering']`. */
  set(operations: readonly FakeOperation[]): void {
    // What was said of an operation before, and is not said again, stays.
    this.#facts = operations.map((said, index): Facts => {
      const before = this.#facts[index] ?? { edits: 1, seq: index + 1 }
      return { ...before, ...(typeof said === 'string' ? { step: said } : said) }
    })
    const highest = (...those: readonly OutboxStep[]): number =>
      this.#facts.findLastIndex(({ step }) => those.includes(step)) + 1
    const before = this.#outbox.committed
    const committed = highest('durable')
    const minted = highest('on-device', 'sent', 'received', 'durable', 'refused')
    const refused = this.#facts.findIndex(({ step }) => step === 'refused')
    this.#outbox = {
      ...this.#outbox,
      operations: this.#operations(committed, minted),
      queued: Queue.of(
        this.#operations(minted, operations.length).map(({ counter, update }) => ({ key: counter, update })),
      ),
      counter: minted,
      journaled: minted,
      sent: highest('sent', 'received', 'durable', 'refused'),
      everSent: highest('sent', 'received', 'durable', 'refused'),
      received: highest('received', 'durable', 'refused'),
      committed,
      unsaved: this.#facts.slice(committed).reduce((sum, { edits }) => sum + edits, 0),
      refusal: refused < 0 ? null : { counter: refused + 1, code: 'structure', message: 'Refused by the test.' },
    }
    const durable = this.#operations(before, committed)
    const lastSeq = this.#facts[committed - 1]?.seq ?? committed
    for (const observer of this.#observers) {
      if (durable.length > 0) observer.durable?.(durable, lastSeq)
      observer.changed()
    }
  }

  /** Those after the first `from`, up to the one numbered `to`. */
  #operations(from: number, to: number): readonly JournaledOperation[] {
    return this.#facts.slice(from, Math.max(from, to)).map(({ edits }, index) => ({
      counter: from + index + 1,
      baseSeq: 0,
      versionVector: [],
      update: new Uint8Array(BYTES),
      edits,
    }))
  }
}
