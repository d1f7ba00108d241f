import { Pool } from 'pg'
import type { PoolClient } from 'pg'
import { SheafServerError } from '../../errors.ts'
import { reasonOf } from '../../metrics.ts'
import type { Log } from '../../metrics.ts'
import type { Dependency } from '../../ports.ts'
import type { Address } from './address.ts'
import { letGo } from './farewell.ts'
import { describe, explainCall, isConnectionLost, isRolledBack, isSilence } from './failure.ts'

/** Connections of one process. Every call is one short statement, so that few serve many; a server takes 100 by default. */
const MAX_CONNECTIONS = 10
/** One stays open, so that a quiet server need not connect anew for each call; the others are closed after this time. */
const IDLE_MS = 60_000
/** A check that takes longer has failed. */
const CHECK_MS = 2000

export type Value = string | number | boolean | null | readonly string[]

/** One statement. A name has it prepared once for each connection: for those that run all the time. */
export interface Statement {
  readonly name?: string
  readonly text: string
  readonly values: readonly Value[]
}

/** What a statement gave; `count` is how many rows it read or changed. */
export interface Outcome<Row> {
  readonly rows: readonly Row[]
  readonly count: number
}

/** A bounded pool of connections to one database. Every call is one round trip, and ends within its time limits. */
export class Connections {
  readonly #address: Address
  readonly #pool: Pool
  readonly #open = new Set<PoolClient>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | null = null

  constructor(address: Address, log: Log) {
    this.#address = address
    this.#pool = new Pool({ ...address.connection, max: MAX_CONNECTIONS, min: 1, idleTimeoutMillis: IDLE_MS })
    this.#pool.on('error', (error) =>
      log.warn({ dependency: 'postgres', reason: reasonOf(error) }, 'an idle connection was lost'),
    )
    this.#pool.on('connect', (client) => this.#open.add(client))
    this.#pool.on('remove', (client) => this.#open.delete(client))
  }

  /**
   * For a statement that changes nothing: where its connection breaks, it is asked once more on another one.
   * @throws {SheafServerError} `unavailable` where the server does not answer.
   */
  async read<Row extends object>(statement: Statement): Promise<readonly Row[]> {
    const retries = (error: unknown): boolean => isRolledBack(error) || (isConnectionLost(error) && !isSilence(error))
    return (await this.#call<Row>(statement, retries)).rows
  }

  /** @throws {SheafServerError} `unavailable` where the server does not answer: it may have happened nevertheless. */
  write<Row extends object>(statement: Statement): Promise<Outcome<Row>> {
    return this.#call<Row>(statement, isRolledBack)
  }

  readonly dependency: Dependency = { name: 'postgres', check: () => this.#check() }

  /** Waits for the statements under way. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #call<Row extends object>(
    statement: Statement,
    isWorthRetrying: (error: unknown) => boolean,
  ): Promise<Outcome<Row>> {
    if (this.#closing !== null) throw new SheafServerError('unavailable', 'the store is closed')
    const call = this.#try<Row>(statement, isWorthRetrying)
    this.#underWay.add(call)
    try {
      return await call
    } finally {
      this.#underWay.delete(call)
    }
  }

  async #try<Row extends object>(
    statement: Statement,
    isWorthRetrying: (error: unknown) => boolean,
  ): Promise<Outcome<Row>> {
    const client = await this.#take()
    try {
      return await runOn<Row>(client, statement)
    } catch (error) {
      if (!isWorthRetrying(error)) throw explainCall(error)
    }
    const another = await this.#take()
    try {
      return await runOn<Row>(another, statement)
    } catch (error) {
      throw explainCall(error)
    }
  }

  async #take(): Promise<PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (cause) {
      // Whatever it is, a password that was changed too: the server started with an address that was right.
      throw new SheafServerError('unavailable', 'the store of people and their rights does not answer', { cause })
    }
  }

  async #check(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(failed(`does not answer within ${CHECK_MS / 1000} seconds`)), CHECK_MS)
    })
    const failed = (what: string, cause?: unknown): SheafServerError =>
      new SheafServerError('unavailable', `PostgreSQL at ${this.#address.shown} ${what}`, { cause })
    const ask = async (): Promise<void> => {
      const rows = await this.read<{ isReadOnly: boolean }>({
        text: `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
        values: [],
      }).catch((error: unknown) => {
        const cause = error instanceof SheafServerError && error.cause !== undefined ? error.cause : error
        throw failed(`does not answer: ${describe(cause, this.#address)}`, error)
      })
      if (rows[0]?.isReadOnly !== false) throw failed('takes no writes: it is read-only, or not the primary any more')
    }
    try {
      await Promise.race([ask(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #close(): Promise<void> {
    // The pool would let calls that wait for a connection wait in vain.
    await Promise.allSettled(this.#underWay)
    await this.#pool.end()
    const goodbyes = [...this.#open].map((client) => new Promise<void>((resolve) => client.once('end', resolve)))
    await letGo(this.#open, Promise.all(goodbyes))
  }
}

async function runOn<Row extends object>(client: PoolClient, { name, text, values }: Statement): Promise<Outcome<Row>> {
  // The statement rejects for the same reason; without a listener the event would end the process.
  const ignore = (): void => undefined
  client.on('error', ignore)
  let isLost = false
  try {
    const { rows, rowCount } = await client.query<Row>({
      ...(name === undefined ? {} : { name }),
      text,
      values: [...values],
    })
    return { rows, count: rowCount ?? 0 }
  } catch (error) {
    isLost = isConnectionLost(error)
    throw error
  } finally {
    client.release(isLost)
    client.off('error', ignore)
  }
}
