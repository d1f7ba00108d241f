import * as decoding from 'lib0/decoding'
import { WebSocket } from 'ws'
import type { ClientOptions } from 'ws'

/** Types of the operation frames of a client and of a server, see docs/reference/protocol.md. */
const OWN_OPERATION = 2
const REMOTE_OPERATION = 21

/**
 * The network between one agent and the server, with the delay that the recording had: an operation leaves the agent's
 * device only when the other agent has typed everything that was typed without knowing it.
 */
export class Gate {
  #allowed = 0
  #arrived = 0
  #connections = 0
  #held: { readonly counter: number; readonly leave: () => void }[] = []
  readonly #waiting = new Set<{ readonly goal: number; readonly resolve: () => void }>()
  /** How many operations were held back. */
  delayed = 0

  /** The other agent's operations up to this counter came with the state that the agent was opened with. */
  hasFromTheStart(counter: number): void {
    this.#arrived = counter
  }

  /** The agent's operations may leave up to this counter. */
  allow(counter: number): void {
    this.#allowed = Math.max(this.#allowed, counter)
    const leaving = this.#held.filter((operation) => operation.counter <= this.#allowed)
    this.#held = this.#held.filter((operation) => operation.counter > this.#allowed)
    for (const operation of leaving) operation.leave()
  }

  /** Resolves when the other agent's operations up to this counter are in the agent's document. */
  async arrived(counter: number): Promise<void> {
    if (this.#arrived >= counter) return
    return new Promise((resolve) => this.#waiting.add({ goal: counter, resolve }))
  }

  opened(): void {
    this.#connections++
    // A second connection would catch up with a state frame, past the gate: the replay would no longer show what it claims.
    if (this.#connections > 1) throw new Error('an agent had to reconnect during the replay')
  }

  departs(frame: Uint8Array, leave: () => void): void {
    const decoder = decoding.createDecoder(frame)
    if (decoding.readVarUint(decoder) !== OWN_OPERATION) return leave()
    const counter = decoding.readVarUint(decoder)
    if (counter <= this.#allowed) return leave()
    this.delayed++
    this.#held.push({ counter, leave })
  }

  arrives(frame: Uint8Array): void {
    if (frame[0] !== REMOTE_OPERATION) return
    this.#arrived++
    const arrived = this.#arrived
    // The client applies what has arrived when the running code is done.
    setImmediate(() => {
      for (const waiter of this.#waiting)
        if (waiter.goal <= arrived) {
          this.#waiting.delete(waiter)
          waiter.resolve()
        }
    })
  }
}

/** A socket for a client of Sheaf that goes through the gate. */
export function gatedSocket(gate: Gate): new (url: string) => WebSocket {
  return class extends WebSocket {
    constructor(url: string, protocols?: string | string[], options?: ClientOptions) {
      super(url, protocols, options)
      gate.opened()
      this.on('message', (frame: Buffer | ArrayBuffer) => gate.arrives(new Uint8Array(frame as ArrayBuffer)))
    }

    override send(frame: Uint8Array): void {
      gate.departs(frame, () => super.send(frame))
    }
  }
}
