import { SheafServerError } from '../../errors.ts'

/** Where a Redis stands and how to sign in there. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly database: number
  readonly username: string | null
  readonly password: string | null
  readonly encrypted: boolean
  /** The URL without user and password: the only form that is ever shown. */
  readonly shown: string
}

const FORM = 'redis://user:password@host:6379/0, or rediss:// for TLS'
const DEFAULT_PORT = 6_379

export const refusal = (what: string, cause?: unknown): SheafServerError =>
  new SheafServerError('configuration', `SHEAF_REDIS_URL: ${what}`, cause === undefined ? undefined : { cause })

/** @throws {SheafServerError} `configuration`, without the URL itself, for it may hold a password. */
export function parseAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
    throw refusal(`this is no address of a Redis; write it as ${FORM}`)
  if (url.search !== '' || url.hash !== '')
    throw refusal(
      'options behind "?" or "#" are not known; leave them out (a password with such a character is written percent-encoded)',
    )
  const database = /^\/?$/.test(url.pathname) ? '0' : url.pathname.slice(1)
  if (!/^\d{1,5}$/.test(database)) throw refusal(`the path must be the number of a database; write it as ${FORM}`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port)
  return {
    host,
    port,
    database: Number(database),
    username: credential(url.username),
    password: credential(url.password),
    encrypted: url.protocol === 'rediss:',
    shown: `${url.protocol}//${url.hostname}:${port}${database === '0' ? '' : `/${database}`}`,
  }
}

function credential(part: string): string | null {
  if (part === '') return null
  try {
    return decodeURIComponent(part)
  } catch (error) {
    throw refusal('user and password must be percent-encoded; write "%25" for "%"', error)
  }
}

/** One sentence about why a Redis cannot be used, with what to do; never with what the server was sent. */
export function explain(error: unknown, { shown, encrypted }: RedisAddress): string {
  const reason = error instanceof Error ? error.message : 'unknown'
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (/WRONGPASS|invalid password/i.test(reason)) return `${shown} does not know this user or password; correct them`
  if (/NOAUTH/.test(reason)) return `${shown} wants a password; put it into the address, as in redis://:password@host`
  if (/NOPERM/.test(reason))
    return `the user may not do at ${shown} what Sheaf needs; allow it all commands, keys and channels under the prefix (${reason})`
  if (/READONLY/.test(reason)) return `${shown} is a read-only replica; give the address of the primary`
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return `the host of ${shown} is not known (${code}); correct its name`
  if (/SSL|TLS|CERT|SELF_SIGNED|wrong version number/i.test(`${code} ${reason}`))
    return `no encrypted connection to ${shown} (${reason}); check its certificate and whether it speaks TLS`
  const tls = encrypted ? 'does it speak TLS (else write redis://)' : 'does it want TLS (then write rediss://)'
  return `${shown} does not answer (${code === '' ? reason : code}); is it running, is the address right, ${tls}?`
}
