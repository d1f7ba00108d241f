import { decodePresencePatch, encodePresenceEntries, encodeServerFrame } from '@sheaf/protocol'
import type { PresenceEntry, Principal, ServerFrame } from '@sheaf/protocol'
import type { ServerSocket } from './memory-transport.ts'

type Introduction = Extract<PresenceEntry, { readonly kind: 'full' }>

/** Who is at the other end, once it has said hello. */
export interface Attendance {
  readonly replicaId: string
  readonly principal: Principal
}

const documentIn = (url: string): string => decodeURIComponent(/\/documents\/([^/]+)\/socket/.exec(url)?.[1] ?? '')

/** One connection to the server in memory. */
export class ServerSession {
  readonly key: number
  readonly documentId: string
  readonly #socket: ServerSocket
  /** Null until it said hello, and after the end. */
  attendance: Attendance | null = null
  #introduction: Introduction | null = null

  constructor(key: number, socket: ServerSocket) {
    this.key = key
    this.documentId = documentIn(socket.url)
    this.#socket = socket
  }

  /** What others are told of it when they come. */
  get introduction(): PresenceEntry | null {
    return this.#introduction
  }

  send(frame: ServerFrame): void {
    this.#socket.send(encodeServerFrame(frame))
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes)
  }

  sendPresence(entries: readonly PresenceEntry[]): void {
    if (entries.length > 0) this.send({ kind: 'presence', entries: encodePresenceEntries(entries) })
  }

  close(code: number): void {
    this.attendance = null
    this.#socket.close(code)
  }

  /** Takes in what it says of itself. Returns what the others are told. */
  present(patch: Uint8Array): PresenceEntry | null {
    if (this.attendance === null) return null
    const said = decodePresencePatch(patch)
    const { key } = this
    if (said.kind === 'full') {
      const { id, name } = this.attendance.principal
      this.#introduction = { ...said, key, user: { id, name } }
      return this.#introduction
    }
    if (this.#introduction === null) return null
    this.#introduction = { ...this.#introduction, cursor: said.kind === 'cursor' ? said.cursor : null }
    return { ...said, key }
  }
}
