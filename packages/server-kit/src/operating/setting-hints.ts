import type { Settings } from '../config.ts'
import { usesDataFolder } from '../store-choice.ts'

const LOOPBACK = ['127.0.0.1', '::1', 'localhost']

/** What is allowed and may still not be meant: one line each, that begins with the setting. */
export function settingHints(settings: Settings): string[] {
  const { host, trustedProxies, production, registration, logLevel, stores, warnings } = settings
  const hints: string[] = [...warnings]
  const hint = (isSo: boolean, line: string): void => {
    if (isSo) hints.push(line)
  }
  hint(
    trustedProxies > 0 && LOOPBACK.includes(host),
    `SHEAF_HOST is ${host}: only a gateway on this machine reaches the server; set it to 0.0.0.0 for one that is elsewhere`,
  )
  hint(
    production && trustedProxies === 0,
    'SHEAF_TRUSTED_PROXIES is 0: behind a gateway everybody counts as one address, and shares its limits; set it to the number of proxies in front',
  )
  hint(
    production && registration === 'open',
    'SHEAF_REGISTRATION is open: whoever reaches the server may make an account; set it to closed where that is not meant',
  )
  hint(
    production && ['debug', 'trace'].includes(logLevel),
    `SHEAF_LOG_LEVEL is ${logLevel}: every request is logged; info is enough in production`,
  )
  hint(
    !usesDataFolder(stores) && stores.redisUrl === null,
    "SHEAF_REDIS_URL is not set: several servers see each other's edits after a second instead of at once, and each counts log-in attempts on its own",
  )
  return hints
}
