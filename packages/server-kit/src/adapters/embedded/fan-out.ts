import type { ControlMessage, FanOut, FanOutMessage } from '../../ports.ts'

/**
 * Reaches nobody else: an announcement is a call of the own listeners. `alone` says that there is no other server either,
 * which is so where the folder holds everything; where the stores are shared it is false, and nobody is ever heard.
 * `onListenerError` hears of a listener that throws; the others are called all the same.
 */
export class EmbeddedFanOut implements FanOut {
  readonly #listeners = new Set<(message: ControlMessage) => void>()
  readonly #onListenerError: (error: unknown) => void

  readonly #alone: boolean

  constructor(onListenerError: (error: unknown) => void, alone: boolean) {
    this.#onListenerError = onListenerError
    this.#alone = alone
  }

  publish(_documentId: string, _message: FanOutMessage): void {}

  async subscribe(_documentId: string, _listener: (message: FanOutMessage) => void): Promise<() => void> {
    return () => undefined
  }

  async announce(message: ControlMessage): Promise<void> {
    for (const listener of this.#listeners) {
      try {
        listener(message)
      } catch (error) {
        this.#onListenerError(error)
      }
    }
  }

  onAnnouncement(listener: (message: ControlMessage) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  reach(): 'alone' | 'cut' {
    return this.#alone ? 'alone' : 'cut'
  }

  /** Never: a connection that is not there is not mended. */
  onReconnected(_listener: () => void): () => void {
    return () => undefined
  }
}
