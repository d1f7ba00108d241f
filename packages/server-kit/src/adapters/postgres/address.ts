import { Client, types } from 'pg'
import type { ClientConfig } from 'pg'
import { SheafServerError } from '../../errors.ts'

/** Longest wait for a connection. */
export const CONNECT_MS = 3000
/** The server gives a statement up after this time, */
const STATEMENT_MS = 3000
/** and its caller after this one, where the server does not even say so. */
const ANSWER_MS = 4000
/** A connection that is silent for so long is asked whether the other side is still there. */
const KEEP_ALIVE_MS = 10_000

const EXAMPLE = 'postgres://user:password@host:5432/database'

/** A PostgreSQL database, and how to reach it. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly usesTls: boolean
  /** Host, port and database, for messages. */
  readonly shown: string
  /** Settings of each connection; what the URL says besides comes before them. */
  readonly connection: ClientConfig
}

/** @throws {SheafServerError} `configuration` where the URL is none of PostgreSQL; its text is never repeated. */
export function readAddress(url: string): Address {
  const connection = connectionTo(url)
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !['postgres:', 'postgresql:'].includes(parsed.protocol))
    throw wrongUrl(`this is no address of a PostgreSQL database; write ${EXAMPLE}, special characters as %23`)
  if (parsed.hostname === '' && !parsed.searchParams.has('host'))
    throw wrongUrl(`the address names no host; write ${EXAMPLE}`)
  try {
    // The driver itself says what it makes of the URL.
    const { host, port, database = '', user = '', ssl } = new Client(connection)
    const shown = host.startsWith('/') ? `${host}/${database}` : `${host}:${port}/${database}`
    return { host, port, database, user, usesTls: Boolean(ssl), shown, connection }
  } catch (error) {
    const path = (error as NodeJS.ErrnoException).path
    throw path === undefined
      ? wrongUrl(`the driver cannot read this address; write ${EXAMPLE}, special characters as %23`)
      : wrongUrl(`the file ${path} that it names cannot be read`)
  }
}

const connectionTo = (url: string): ClientConfig => ({
  connectionString: url,
  application_name: 'sheaf',
  connectionTimeoutMillis: CONNECT_MS,
  statement_timeout: STATEMENT_MS,
  query_timeout: ANSWER_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  types: { getTypeParser: parserOf },
})

/** Times are milliseconds in `bigint`, far below what a number holds; by default they would come as strings. */
const parserOf: typeof types.getTypeParser = (type: number, format?: 'text' | 'binary') =>
  type === types.builtins.INT8 ? Number : types.getTypeParser(type, format as 'text')

export const wrongUrl = (what: string, cause?: unknown): SheafServerError =>
  new SheafServerError('configuration', `SHEAF_POSTGRES_URL: ${what}`, { cause })
