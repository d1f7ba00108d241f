import { SheafServerError } from '../../errors.ts'
import type { VersionRecord, VersionStore } from '../../ports.ts'
import type { Change, Environment, Table } from './environment.ts'
import { OneAtATime } from '../../one-at-a-time.ts'

/** A snapshot is cut into pieces of this size, each a transaction of its own, so that appends get in between. */
const CHUNK_BYTES = 512 * 1024

interface StoredVersion {
  readonly version: VersionRecord
  readonly bytes: number
}

/**
 * Versions under (document, version), their order under (document, seq, createdAt, version), and the snapshots in chunks.
 *
 * A snapshot of more than one chunk is announced in `unfinished` first. The transaction with its last chunk writes the
 * record and takes the announcement away; what a crash left announced is removed when the store opens.
 */
export class EmbeddedVersionStore implements VersionStore {
  readonly #environment: Environment
  readonly #versions: Table
  readonly #order: Table
  readonly #chunks: Table
  readonly #unfinished: Table
  readonly #turns = new OneAtATime()

  constructor(environment: Environment) {
    this.#environment = environment
    this.#versions = environment.table('versions')
    this.#order = environment.table('versions-order')
    this.#chunks = environment.table('snapshots')
    this.#unfinished = environment.table('snapshots-unfinished')
  }

  /** Removes the chunks of snapshots that a crash left unfinished. */
  async removeUnfinished(): Promise<void> {
    for (const key of this.#unfinished.keys([]))
      await this.#environment.commit([...this.#removeChunks(key), this.#unfinished.remove(key)])
  }

  put(version: VersionRecord, snapshot: Uint8Array): Promise<void> {
    const key = [version.documentId, version.id]
    return this.#turns.take(version.documentId, async () => {
      if (this.#versions.has(key)) throw new SheafServerError('conflict', `there is a version ${version.id} already`)
      const chunks = Math.max(1, Math.ceil(snapshot.length / CHUNK_BYTES))
      const chunk = (index: number): Change =>
        this.#chunks.put([...key, index], snapshot.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES))

      if (chunks > 1) await this.#environment.commit([this.#unfinished.putJson(key, chunks)])
      for (let index = 0; index < chunks - 1; index++) await this.#environment.commit([chunk(index)])
      await this.#environment.commit([
        chunk(chunks - 1),
        this.#versions.putJson(key, { version, bytes: snapshot.length } satisfies StoredVersion),
        this.#order.putJson(orderKey(version), null),
        ...(chunks > 1 ? [this.#unfinished.remove(key)] : []),
      ])
    })
  }

  async get(documentId: string, versionId: string): Promise<VersionRecord | null> {
    return this.#read(documentId, versionId)?.version ?? null
  }

  async getSnapshot(documentId: string, versionId: string): Promise<Uint8Array | null> {
    const stored = this.#read(documentId, versionId)
    if (stored === null) return null
    const snapshot = new Uint8Array(stored.bytes)
    let offset = 0
    for (let index = 0; offset < stored.bytes || index === 0; index++) {
      const chunk = this.#chunks.getBytes([documentId, versionId, index], 'document-damaged')
      if (chunk === null || offset + chunk.length > stored.bytes) throw damagedSnapshot(documentId, versionId)
      snapshot.set(chunk, offset)
      offset += chunk.length
      if (offset < stored.bytes) await new Promise((resolve) => setImmediate(resolve))
    }
    return snapshot
  }

  async list(documentId: string, page: { limit: number; before?: string }): Promise<VersionRecord[]> {
    const before = page.before === undefined ? null : this.#read(documentId, page.before)
    if (page.before !== undefined && before === null) return []
    const keys = this.#order.keys([documentId], {
      reverse: true,
      limit: page.limit,
      ...(before === null ? {} : { after: orderKey(before.version) }),
    })
    return keys.map((key) => {
      const stored = this.#read(documentId, String(key[3]))
      if (stored === null) throw new SheafServerError('document-damaged', `version ${key[3]} is listed but missing`)
      return stored.version
    })
  }

  async latest(documentId: string): Promise<VersionRecord | null> {
    const [newest] = await this.list(documentId, { limit: 1 })
    return newest ?? null
  }

  rename(documentId: string, versionId: string, name: string | null): Promise<boolean> {
    return this.#turns.take(documentId, async () => {
      const stored = this.#read(documentId, versionId)
      if (stored === null) return false
      const renamed: StoredVersion = { ...stored, version: { ...stored.version, name } }
      await this.#environment.commit([this.#versions.putJson([documentId, versionId], renamed)])
      return true
    })
  }

  remove(documentId: string, versionId: string): Promise<void> {
    return this.#turns.take(documentId, async () => {
      const key = [documentId, versionId]
      const stored = this.#read(documentId, versionId)
      if (stored === null) return
      await this.#environment.commit([
        this.#versions.remove(key),
        this.#order.remove(orderKey(stored.version)),
        ...this.#removeChunks(key),
      ])
    })
  }

  #read(documentId: string, versionId: string): StoredVersion | null {
    return this.#versions.getJson<StoredVersion>([documentId, versionId], 'document-damaged')
  }

  #removeChunks(key: readonly (string | number)[]): Change[] {
    return this.#chunks.keys(key).map((chunk) => this.#chunks.remove(chunk))
  }
}

const orderKey = (version: VersionRecord): (string | number)[] => [
  version.documentId,
  version.seq,
  version.createdAt,
  version.id,
]

const damagedSnapshot = (documentId: string, versionId: string): SheafServerError =>
  new SheafServerError('document-damaged', `the snapshot of version ${versionId} of document ${documentId} is damaged`)
