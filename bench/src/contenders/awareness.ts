import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'

/** What y-prosemirror's cursor plugin says of one cursor, as y-protocols encodes it: the bytes that both peers send. */
export class CursorAwareness {
  readonly #awareness: Awareness
  readonly #clientId: number

  constructor(clientId: number) {
    const doc = new Y.Doc()
    doc.clientID = clientId
    this.#clientId = clientId
    this.#awareness = new Awareness(doc)
    this.#awareness.setLocalState({ user: { name: `Person ${clientId}`, color: '#30bced' } })
  }

  move(position: number): Uint8Array {
    const at = {
      type: { client: this.#clientId, clock: 1 },
      tname: null,
      item: cursorAt(this.#clientId, position),
      assoc: 0,
    }
    this.#awareness.setLocalStateField('cursor', { anchor: at, head: at })
    return encodeAwarenessUpdate(this.#awareness, [this.#clientId])
  }

  close(): void {
    this.#awareness.destroy()
  }
}

/** The struct that a cursor stands before. The first two clocks of a typist are its paragraph and its text. */
export const cursorAt = (clientId: number, position: number): { client: number; clock: number } => ({
  client: clientId,
  clock: 2 + position,
})
