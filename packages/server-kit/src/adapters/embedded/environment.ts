import { open } from 'lmdb'
import type { Database, Key, RootDatabase } from 'lmdb'
import { SheafServerError } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'
import { seal, sealJson, unseal, unsealJson } from './seal.ts'

/** Address space, not memory and not disk: LMDB maps the file into it, and grows it where this is not enough. */
const MAP_BYTES = 2 ** 36
const MAX_TABLES = 32
/** LMDB takes keys of 1,978 bytes; whoever asks with a longer one is told that there is no such thing. */
const MAX_KEY_PART = 512

export type TableKey = readonly (string | number)[]

/** One put (or, with `null`, one removal) that a commit is to make. */
export interface Change {
  readonly database: Database<Buffer, Key>
  readonly key: Key
  readonly sealed: Buffer | null
}

/** Asked at every commit for what should travel with it; `onDurable` is called once that commit is durable. */
export type Passenger = () => { readonly changes: readonly Change[]; readonly onDurable: () => void } | null

/** A commit that was asked for and is not in a batch yet. */
interface Waiting {
  readonly changes: readonly Change[]
  readonly resolve: () => void
  readonly reject: (error: SheafServerError) => void
}

/** One kind of values, each sealed with a checksum. Reads see what is committed. */
export class Table {
  readonly name: string
  readonly #database: Database<Buffer, Key>

  constructor(name: string, database: Database<Buffer, Key>) {
    this.name = name
    this.#database = database
  }

  has(key: TableKey): boolean {
    return isUsable(key) && this.#database.doesExist(key as Key)
  }

  /** A copy of the stored bytes. @throws {SheafServerError} `code` where they are damaged. */
  getBytes(key: TableKey, code: ErrorCode = 'store-damaged'): Buffer | null {
    if (!isUsable(key)) return null
    const sealed = this.#database.get(key as Key)
    return sealed === undefined ? null : unseal(this.#label(key), sealed, code)
  }

  /** @throws {SheafServerError} `code` where the stored bytes are damaged. */
  getJson<T>(key: TableKey, code: ErrorCode = 'store-damaged'): T | null {
    if (!isUsable(key)) return null
    const sealed = this.#database.get(key as Key)
    return sealed === undefined ? null : unsealJson<T>(this.#label(key), sealed, code)
  }

  put(key: TableKey, payload: Uint8Array): Change {
    this.#assertUsable(key)
    return { database: this.#database, key: key as Key, sealed: seal(this.#label(key), payload) }
  }

  putJson(key: TableKey, value: unknown): Change {
    this.#assertUsable(key)
    return { database: this.#database, key: key as Key, sealed: sealJson(this.#label(key), value) }
  }

  remove(key: TableKey): Change {
    this.#assertUsable(key)
    return { database: this.#database, key: key as Key, sealed: null }
  }

  /** Keys that begin with `prefix`, ascending or descending, at most `limit`, beginning behind `after`. */
  keys(prefix: TableKey, options: { limit?: number; reverse?: boolean; after?: TableKey } = {}): TableKey[] {
    if (!isUsable(prefix)) return []
    // In lmdb's order of keys null stands before numbers, and numbers before strings.
    const reverse = options.reverse === true
    const found: TableKey[] = []
    const first = [...prefix, null] as Key
    const last = [...prefix, HIGHEST] as Key
    const range = this.#database.getKeys({
      start: (options.after as Key | undefined) ?? (reverse ? last : first),
      end: reverse ? first : last,
      exclusiveStart: options.after !== undefined,
      reverse,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    })
    // lmdb gives a key of one part back as that part.
    for (const key of range) found.push((Array.isArray(key) ? key : [key]) as TableKey)
    return found
  }

  /** Entries from `start` (inclusive) to `end` (exclusive), ascending. */
  *entries(start: TableKey, end: TableKey, code: ErrorCode): Iterable<{ key: TableKey; payload: Buffer }> {
    if (!isUsable(start)) return
    for (const { key, value } of this.#database.getRange({ start: start as Key, end: end as Key }))
      yield { key: key as TableKey, payload: unseal(this.#label(key as TableKey), value, code) }
  }

  #assertUsable(key: TableKey): void {
    if (!isUsable(key)) throw new SheafServerError('bad-request', 'an identifier is empty, too long or holds a NUL')
  }

  #label(key: TableKey): string {
    return `${this.name} ${key.join(' ')}`
  }
}

/** Sorts behind every key part that is used: strings are ids and addresses, which never begin with U+FFFF. */
const HIGHEST = '\u{ffff}'

const isUsable = (key: TableKey): boolean =>
  key.every(
    (part) => typeof part === 'number' || (part.length > 0 && part.length <= MAX_KEY_PART && !part.includes('\0')),
  )

/**
 * The LMDB file of one data folder.
 *
 * Durability: `overlappingSync` is off, so a commit is LMDB's own: write the pages, `fdatasync`, then write the meta
 * page through a descriptor opened with `O_DSYNC`; only after that does the promise resolve (lmdb's `WriteWorker::Write`
 * marks a transaction as committed behind `mdb_txn_commit`; `strace -f -e fdatasync,pwrite64` shows both calls ahead of
 * each resolved append). With it on, lmdb resolves when a commit is visible and flushes later.
 *
 * One batch is on its way at a time: what is asked for meanwhile, by whichever documents, goes together into the next one,
 * with one transaction and one disk flush. An idle environment commits at once. lmdb never splits a batch, and its thread
 * prepares it while the event loop goes on. lmdb's own batching by turns is off: with it, a transaction that fails rejects
 * a promise inside lmdb that nobody can listen to, which ends the process.
 */
export class Environment {
  readonly #root: RootDatabase<Buffer, Key>
  readonly #passengers: Passenger[] = []
  #waiting: Waiting[] = []
  #writing: Promise<void> | null = null
  #open = true

  constructor(folder: string) {
    this.#root = open<Buffer, Key>({
      path: folder,
      encoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
      maxDbs: MAX_TABLES,
      mapSize: MAP_BYTES,
    })
  }

  table(name: string): Table {
    return new Table(name, this.#root.openDB<Buffer, Key>({ name, encoding: 'binary' }))
  }

  /** Lets a write travel with whatever is committed next, instead of costing a disk flush of its own. */
  addPassenger(passenger: Passenger): void {
    this.#passengers.push(passenger)
  }

  /**
   * Makes all changes or none; durable when it resolves.
   * @throws {SheafServerError} `unavailable` where the disk is full or does not answer: nothing of it is stored.
   */
  commit(changes: readonly Change[]): Promise<void> {
    if (!this.#open) return Promise.reject(new SheafServerError('unavailable', 'the store is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, resolve, reject })
      if (this.#writing !== null) return
      // Documents whose turn ends together commit together.
      this.#writing = Promise.resolve().then(() => this.#writeAll())
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const asked = this.#waiting
      this.#waiting = []
      await this.#write(asked)
    }
    this.#writing = null
  }

  async #write(asked: readonly Waiting[]): Promise<void> {
    let travelling: readonly NonNullable<ReturnType<Passenger>>[]
    try {
      travelling = this.#passengers.map((passenger) => passenger()).filter((passenger) => passenger !== null)
      // Changes are prepared before: nothing in here may throw, since lmdb would keep what was put until then.
      await this.#root.batch(() => {
        for (const { changes } of asked) for (const change of changes) apply(change)
        for (const passenger of travelling) for (const change of passenger.changes) apply(change)
      })
    } catch (error) {
      const cause = await reasonOf(error)
      for (const { reject } of asked)
        reject(new SheafServerError('unavailable', 'the store did not take a write', { cause }))
      return
    }
    for (const passenger of travelling) passenger.onDurable()
    for (const { resolve } of asked) resolve()
  }

  /** Resolves when what was committed is durable and the file is let go of. Idempotent. */
  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    if (this.#writing !== null) await this.#writing
    await this.#root.close()
  }
}

function apply({ database, key, sealed }: Change): void {
  if (sealed === null) void database.remove(key)
  else void database.put(key, sealed)
}

/** lmdb hands the reason of a failed commit over in a promise of its own, which nobody else listens to. */
async function reasonOf(error: unknown): Promise<unknown> {
  const reason = (error as { commitError?: unknown }).commitError
  if (!(reason instanceof Promise)) return error
  try {
    await reason
  } catch (cause) {
    return cause
  }
  return error
}
