import { SheafServerError } from '../errors.ts'
import type { ControlMessage, FanOut, FanOutMessage } from '../ports.ts'

/** What several servers over the same memory stores hear each other on. */
export class MemoryBus {
  readonly #members = new Set<MemoryFanOut>()

  /** Fan-outs that are on the bus now. */
  get members(): ReadonlySet<MemoryFanOut> {
    return this.#members
  }

  join(member: MemoryFanOut): void {
    this.#members.add(member)
  }

  leave(member: MemoryFanOut): void {
    this.#members.delete(member)
  }

  /** Cuts every server off from the others, or mends it: what a broker does that dies and comes back. */
  setCut(isCut: boolean): void {
    for (const member of this.#members) member.setCut(isCut)
  }
}

/**
 * The fan-out of one server. A message arrives in a later microtask, in the order it was sent in, as a copy; one that is
 * sent or arrives while either side is cut is lost.
 */
export class MemoryFanOut implements FanOut {
  readonly #bus: MemoryBus | null
  readonly #isDown: () => boolean
  readonly #listeners = new Map<string, Set<(message: FanOutMessage) => void>>()
  readonly #announcements = new Set<(message: ControlMessage) => void>()
  readonly #reconnections = new Set<() => void>()
  #isCut = false

  constructor(bus: MemoryBus | null, isDown: () => boolean) {
    this.#bus = bus
    this.#isDown = isDown
    bus?.join(this)
  }

  setCut(isCut: boolean): void {
    const isMended = this.#isCut && !isCut
    this.#isCut = isCut
    if (isMended) for (const listener of this.#reconnections) listener()
  }

  publish(documentId: string, message: FanOutMessage): void {
    this.#sendToOthers((other) => {
      for (const listener of other.#listeners.get(documentId) ?? []) listener(structuredClone(message))
    })
  }

  async subscribe(documentId: string, listener: (message: FanOutMessage) => void): Promise<() => void> {
    const listeners = this.#listeners.get(documentId) ?? new Set()
    this.#listeners.set(documentId, listeners.add(listener))
    return () => {
      listeners.delete(listener)
    }
  }

  async announce(message: ControlMessage): Promise<void> {
    if (this.#isDown()) throw new SheafServerError('unavailable')
    this.#sendToOthers((other) => other.#hear(message))
    this.#hear(message)
  }

  onAnnouncement(listener: (message: ControlMessage) => void): () => void {
    this.#announcements.add(listener)
    return () => this.#announcements.delete(listener)
  }

  reach(): 'alone' | 'connected' | 'cut' {
    if (this.#bus === null) return 'alone'
    return this.#isCut ? 'cut' : 'connected'
  }

  onReconnected(listener: () => void): () => void {
    this.#reconnections.add(listener)
    return () => this.#reconnections.delete(listener)
  }

  /** Nothing is heard from or by this server any more. */
  die(): void {
    this.#bus?.leave(this)
    this.#isCut = true
    this.#listeners.clear()
    this.#announcements.clear()
    this.#reconnections.clear()
  }

  #hear(message: ControlMessage): void {
    for (const listener of this.#announcements) listener(message)
  }

  #sendToOthers(deliver: (other: MemoryFanOut) => void): void {
    if (this.#bus === null || this.#isCut) return
    for (const other of this.#bus.members)
      if (other !== this)
        queueMicrotask(() => {
          if (!this.#isCut && !other.#isCut) deliver(other)
        })
  }
}
