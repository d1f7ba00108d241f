import type { ControlMessage, FanOut, FanOutMessage } from '../../ports.ts'

/**
 * The only server there is: nobody else to fan out to, and an announcement is a call of the own listeners.
 * `onListenerError` hears of a listener that throws; the others are called all the same.
 */
export class EmbeddedFanOut implements FanOut {
  readonly #listeners = new Set<(message: ControlMessage) => void>()
  readonly #onListenerError: (error: unknown) => void

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError
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
}
