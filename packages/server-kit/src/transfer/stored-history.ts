import type { StoredOperation } from '@sheaf/protocol'
import { sameBytes } from '../ledger/judgement.ts'
import type { OperationLog } from '../ports.ts'

const PAGE = 50

/** The operations that a store holds of one document, read along with those of a file. */
export class StoredHistory {
  /** The highest seq that is stored; 0 for none. */
  readonly head: number
  readonly #log: Pick<OperationLog, 'read'>
  readonly #documentId: string
  #page: readonly StoredOperation[] = []

  private constructor(log: Pick<OperationLog, 'read'>, documentId: string, head: number) {
    this.#log = log
    this.#documentId = documentId
    this.head = head
  }

  static async open(log: Pick<OperationLog, 'read' | 'head'>, documentId: string): Promise<StoredHistory> {
    return new StoredHistory(log, documentId, await log.head(documentId))
  }

  /** True where the same operation is stored at its seq, or was and is trimmed. Ask in ascending order of seq. */
  async agrees(operation: StoredOperation): Promise<boolean> {
    const last = this.#page.at(-1)
    if (last === undefined || last.seq < operation.seq)
      this.#page = await this.#log.read(this.#documentId, operation.seq - 1, PAGE)
    const [first] = this.#page
    if (first === undefined) return false
    // The log begins later.
    if (operation.seq < first.seq) return true
    const stored = this.#page[operation.seq - first.seq]
    return (
      stored !== undefined &&
      stored.replicaId === operation.replicaId &&
      stored.counter === operation.counter &&
      sameBytes(stored.update, operation.update)
    )
  }
}
