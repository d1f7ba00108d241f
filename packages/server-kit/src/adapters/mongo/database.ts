import { MongoClient, MongoError, MongoServerError } from 'mongodb'
import type { Db, MongoClientOptions } from 'mongodb'
import { SheafServerError } from '../../errors.ts'
import { collectionsOf } from './collections.ts'
import type { Collections } from './collections.ts'

/** No call takes longer: what has not answered by then is unknown, and the caller hears so. */
const CALL_MS = 8_000
/** Nor does what is made of several calls, or waits for its turn. */
const TURN_MS = 9_000

/** Unless the URL says otherwise. A document has one append under way at a time, whatever is written in it. */
const MAX_CONNECTIONS = 50

const OPTIONS: MongoClientOptions = {
  appName: 'sheaf',
  serverSelectionTimeoutMS: 3_000,
  connectTimeoutMS: 3_000,
  heartbeatFrequencyMS: 3_000,
  socketTimeoutMS: CALL_MS,
  waitQueueTimeoutMS: CALL_MS,
  // Also where the URL says otherwise: what is acknowledged survives the loss of a server, and is never rolled back.
  writeConcern: { w: 'majority', j: true, wtimeoutMS: CALL_MS - 1_000 },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  promoteBuffers: true,
  promoteLongs: true,
  ignoreUndefined: false,
}

const PATIENT_MS = 60 * 60_000
const PATIENT: MongoClientOptions = { socketTimeoutMS: 0, writeConcern: { w: 'majority', j: true } }

/** Where the URL names no database. */
const DEFAULT_DATABASE = 'sheaf'

/** One MongoDB database, and how calls to it end. */
export class MongoDatabase {
  readonly client: MongoClient
  readonly db: Db
  readonly collections: Collections
  /** Hosts and database, for people; no credentials. */
  readonly place: string
  readonly #callMs: number
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | null = null

  /**
   * Connects to nothing yet. A `patient` one waits for as long as it takes: an index over many entities is not made in
   * seconds.
   * @throws {SheafServerError} `configuration` for what is no MongoDB URL.
   */
  constructor(url: string, patience: 'prompt' | 'patient' = 'prompt') {
    this.#callMs = patience === 'patient' ? PATIENT_MS : CALL_MS
    try {
      const pool = url.includes('maxPoolSize=') ? {} : { maxPoolSize: MAX_CONNECTIONS }
      this.client = new MongoClient(url, { ...OPTIONS, ...pool, ...(patience === 'patient' ? PATIENT : {}) })
      this.db = this.client.db(databaseOf(url))
    } catch {
      // The driver's reason may quote the part of the URL that it did not understand, and with it a password.
      throw new SheafServerError(
        'configuration',
        'SHEAF_MONGODB_URL: this is not the URL of a MongoDB database; write ' +
          'mongodb://user:password@host:27017/sheaf, with other characters than letters and digits of user and ' +
          'password percent-encoded, and only options that MongoDB knows behind a question mark',
      )
    }
    this.collections = collectionsOf(this.db)
    this.place = `${this.client.options.srvHost ?? this.client.options.hosts.join(',')}/${this.db.databaseName}`
  }

  /** Every call goes through here: it ends in time, and what it ends with is an error of ours. */
  async call<T>(work: () => Promise<T>, milliseconds: number = this.#callMs): Promise<T> {
    if (this.#closing !== null) throw new SheafServerError('unavailable', 'the connection to MongoDB is closed')
    const answer = inTime(work(), milliseconds)
    this.#underWay.add(answer)
    try {
      return await answer
    } catch (error) {
      throw error instanceof MongoError ? unavailable(error) : error
    } finally {
      this.#underWay.delete(answer)
    }
  }

  /** Ends in time what takes its turn behind others, or takes several calls. It may be done later all the same. */
  within<T>(work: Promise<T>): Promise<T> {
    return inTime(work, TURN_MS)
  }

  /** Waits for the calls that are under way. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= Promise.allSettled(this.#underWay).then(() => this.client.close()))
  }
}

/** True where an insert found its identity taken. FerretDB does not say which unique index it was. */
export const isDuplicate = (error: unknown): boolean => error instanceof MongoServerError && error.code === 11_000

function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(new SheafServerError('unavailable', `MongoDB did not answer within ${milliseconds / 1_000} seconds`)),
      milliseconds,
    )
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** The name of what happened and no more: messages of the driver quote data. */
const unavailable = (error: MongoError): SheafServerError => {
  const name = error instanceof MongoServerError && typeof error.codeName === 'string' ? error.codeName : error.name
  return new SheafServerError('unavailable', `MongoDB did not do what it was asked for (${name})`, { cause: error })
}

function databaseOf(url: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^?]*)/.exec(url)?.[1] ?? ''
  return path === '' ? DEFAULT_DATABASE : decodeURIComponent(path)
}
