import { MongoClient } from 'mongodb'
import type { Binary, Db } from 'mongodb'
import * as Y from 'yjs'

interface StoredOperation {
  readonly seq: number
  readonly replicaId: string
  readonly counter: number
  readonly data: Binary
}

/** What MongoDB holds of documents, read past all code of the server. */
export class StoredLog {
  readonly #client: MongoClient
  readonly #database: Db

  constructor(url: string) {
    this.#client = new MongoClient(url)
    this.#database = this.#client.db(new URL(url).pathname.slice(1))
  }

  /** All operations of a document applied in order; what is wrong with their order or identity is told. */
  async replay(documentId: string): Promise<{ readonly doc: Y.Doc; readonly head: number; readonly faults: string[] }> {
    const found = await this.#database
      .collection('crdt_operations')
      .find({ documentId }, { sort: { seq: 1 } })
      .toArray()
    const operations = found as unknown as StoredOperation[]
    const doc = new Y.Doc()
    const faults: string[] = []
    const ids = new Set<string>()
    for (const [index, { seq, replicaId, counter, data }] of operations.entries()) {
      if (seq !== index + 1) faults.push(`operation ${index + 1} has seq ${seq}`)
      const id = `${replicaId}:${counter}`
      if (ids.has(id)) faults.push(`${id} is stored twice`)
      ids.add(id)
      Y.applyUpdateV2(doc, data.buffer)
    }
    if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null)
      faults.push('something waits for what is missing')
    return { doc, head: operations.length, faults }
  }

  /** How far the document is folded; 0 for not at all. */
  async progress(documentId: string): Promise<number> {
    const [newest] = await this.#database
      .collection('last_processed_version')
      .find({ documentId }, { sort: { seq: -1 }, limit: 1 })
      .toArray()
    return (newest?.['seq'] as number | undefined) ?? 0
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}
