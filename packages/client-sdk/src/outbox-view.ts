import type { JournaledOperation } from './device/store.ts'
import type { SheafDocument } from './document.ts'
import type { Outbox } from './outbox.ts'
import type { OutboxObserver } from './replica.ts'
import { pageWords } from './words.ts'
import type { Language } from './words.ts'

/** How far an edit is on its way to the database of the server. */
export type OutboxStep =
  /** In this page, and not yet known to be on the device: still being gathered, or the device keeps nothing. */
  | 'gathering'
  /** Survives a reload of the page. */
  | 'on-device'
  | 'sent'
  /** The server has it in memory. */
  | 'received'
  /** In the database of the server. */
  | 'durable'
  /** The server will not take it; what comes behind it waits. */
  | 'refused'

/** An operation on its way, or the edits that will be the next one. Immutable. */
export interface OutboxEntry {
  /** Counter of the operation in its replica; null for edits that belong to none yet. */
  readonly counter: number | null
  readonly step: OutboxStep
  /** Local edits in it. */
  readonly edits: number
  /** Size of its update. Bytes. */
  readonly bytes: number
  /** Its place in the document. Null before it is durable, and where it became so while nobody could say the place. */
  readonly seq: number | null
  /** When it came to this step, or was first seen in it. Milliseconds since 1970 by the device's clock. */
  readonly since: number
}

/** What of a document is on its way, to be read and heard of as every snapshot is. */
export interface OutboxView {
  /** The same object until something changes. */
  getSnapshot(): readonly OutboxEntry[]
  /** Calls after changes, once for all of the running code. Returns the end of it. */
  subscribe(listener: () => void): () => void
}

/** @internal What the view is made from. */
export interface OutboxSource {
  readonly outbox: Outbox
  /** Whether what is journaled survives the page. */
  readonly isStored: boolean
  /** Whether edits would be lost if the page ended at this moment. */
  readonly isAtRisk: boolean
  observe(observer: OutboxObserver): () => void
}

const MAX_DURABLE = 20

/** A step in words for people. */
export const describeOutboxStep = (step: OutboxStep, language: Language = {}): string =>
  pageWords(language)[`step-${step}`]

type Facts = Omit<OutboxEntry, 'since'>

function stepOf(outbox: Outbox, counter: number, isStored: boolean): OutboxStep {
  if (outbox.refusal?.counter === counter) return 'refused'
  if (counter <= outbox.sent) return counter <= outbox.received ? 'received' : 'sent'
  return isStored && counter <= outbox.journaled ? 'on-device' : 'gathering'
}

function factsOf(outbox: Outbox, isStored: boolean): readonly Facts[] {
  const operations = outbox.operations.map(({ counter, edits, update }): Facts => {
    const step = stepOf(outbox, counter, isStored)
    return { counter, step, edits, bytes: update.length, seq: null }
  })
  const queued = outbox.queued.items()
  if (queued.length === 0) return operations
  const bytes = queued.reduce((sum, { update }) => sum + update.length, 0)
  return [...operations, { counter: null, step: 'gathering', edits: queued.length, bytes, seq: null }]
}

const sameFacts = (a: Facts, b: Facts): boolean => a.step === b.step && a.edits === b.edits && a.bytes === b.bytes

/**
 * What is on its way, oldest first, behind the last twenty operations that became durable while somebody was subscribed.
 * A document that nobody looks at in this way does nothing for it.
 */
export function outboxOf(document: SheafDocument): OutboxView {
  const { source, clock } = document.outboxSource
  const listeners = new Set<() => void>()
  let durable: readonly OutboxEntry[] = []
  let entries: readonly OutboxEntry[] = []
  let planned = false
  let stopObserving: (() => void) | null = null

  const getSnapshot = (): readonly OutboxEntry[] => {
    const now = clock.now()
    const former = new Map(entries.map((entry) => [entry.counter, entry]))
    // A clock that was set back must not leave entries in the future.
    const pending = factsOf(source.outbox, source.isStored).map((facts): OutboxEntry => {
      const before = former.get(facts.counter)
      if (before !== undefined && sameFacts(before, facts) && before.since <= now) return before
      return { ...facts, since: before?.step === facts.step ? Math.min(before.since, now) : now }
    })
    durable = durable.map((entry) => (entry.since <= now ? entry : { ...entry, since: now }))
    const next = [...durable, ...pending]
    if (next.length !== entries.length || next.some((entry, index) => entry !== entries[index])) entries = next
    return entries
  }

  const tell = (): void => {
    planned = false
    const before = entries
    if (getSnapshot() !== before) for (const listener of listeners) listener()
  }

  const becameDurable = (operations: readonly JournaledOperation[], lastSeq: number | null): void => {
    const last = operations.length - 1
    const since = clock.now()
    const added = operations.map(({ counter, edits, update }, index): OutboxEntry => {
      // Others may have come between those that one acknowledgement is for: it tells the place of the last one only.
      const seq = index === last ? lastSeq : null
      return { counter, step: 'durable', edits, bytes: update.length, seq, since }
    })
    durable = [...durable, ...added].slice(-MAX_DURABLE)
  }

  return {
    getSnapshot,
    subscribe: (listener) => {
      // Of its own, so that the same function may be subscribed twice.
      const own = (): void => listener()
      listeners.add(own)
      stopObserving ??= source.observe({
        changed: () => {
          if (planned) return
          planned = true
          clock.microtask(tell)
        },
        durable: becameDurable,
      })
      return () => {
        listeners.delete(own)
        if (listeners.size > 0) return
        stopObserving?.()
        stopObserving = null
      }
    },
  }
}
