import type { Author, Edit } from '../traffic.ts'
import type { ServerProcess } from '../server-process.ts'

export type ContenderName = 'sheaf' | 'y-websocket' | 'hocuspocus' | 'relay'

/** Bytes of WebSocket messages, without the frame headers that all contenders pay alike. */
export interface Traffic {
  up: number
  down: number
}

/**
 * One raw socket that speaks the frames of its contender and decodes no more of them than it must count: what it costs
 * the load generator is about the same for all, and it is not the client that is measured.
 */
export interface Bot {
  readonly traffic: Traffic
  /** Bytes that came before the document was complete. */
  readonly openedWith: number
  /** Sends one edit as one frame. */
  send(edit: Edit): void
  /** Moves this bot's cursor, as the contender's own client would send it. */
  moveCursor(position: number): void
  /** Resolves when this many keystrokes of others have arrived since the bot joined. */
  whenDelivered(keystrokes: number): Promise<void>
  /** Resolves when so many of the bot's own edits have been acknowledged; at once for contenders that acknowledge nothing. */
  whenAcknowledged(edits: number): Promise<void>
  /** Resolves when this many presence messages have arrived; a contender may put several moves into one. */
  readonly presenceMessages: number
  close(): void
}

/** A contender's running server. */
export interface Host {
  readonly process: ServerProcess
  readonly url: string
  createDocument(): Promise<string>
  /** Joins with a replica that has nothing, and resolves when it was sent the whole document. */
  join(documentId: string, author: Author): Promise<Bot>
  /** Takes the server down the way an operator would, and waits for it. */
  stop(): Promise<void>
}

export interface Contender {
  readonly name: ContenderName
  /** The folder is given where the server is to keep documents; null where it may forget them. */
  start(folder: string | null): Promise<Host>
}

/** A number that others wait for. */
export class Tally {
  #value = 0
  readonly #waiting = new Set<{ readonly goal: number; readonly resolve: () => void }>()

  get value(): number {
    return this.#value
  }

  add(amount: number): void {
    this.#value += amount
    if (this.#waiting.size === 0) return
    for (const waiter of this.#waiting)
      if (this.#value >= waiter.goal) {
        this.#waiting.delete(waiter)
        waiter.resolve()
      }
  }

  async reaches(goal: number): Promise<void> {
    if (this.#value >= goal) return
    return new Promise((resolve) => this.#waiting.add({ goal, resolve }))
  }
}
