import type { Version } from './versions.ts'
import { filled, pageWords } from './words.ts'
import type { Language } from './words.ts'

/** The name that somebody gave a version, or else why it exists. */
export const versionTitle = ({ name, kind }: Pick<Version, 'name' | 'kind'>, language: Language = {}): string =>
  name ?? pageWords(language)[`version-${kind}`]

/** For whom a moment is put into words. */
export interface MomentOptions extends Language {
  /** When it is read: today and yesterday are called so. Milliseconds since 1970. */
  readonly now: number
  /** As `Europe/Vienna`. That of the runtime unless told. */
  readonly timeZone?: string
}

const DAY_MS = 86_400_000

const capitalised = (word: string, locale?: string): string => word.charAt(0).toLocaleUpperCase(locale) + word.slice(1)

/** A point in time as a list shows it: `Today, 14:05`, `12 November, 14:05`, and with the year where it is another one. */
export function describeMoment(iso: string, options: MomentOptions): string {
  const { now, locale, timeZone } = options
  // oxlint-disable-next-line no-restricted-globals -- reads what is written down, not the clock
  const moment = Date.parse(iso)
  if (Number.isNaN(moment)) return iso
  const zone = timeZone === undefined ? {} : { timeZone }
  const write = (time: number, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, { ...options, ...zone }).format(time)
  const dayOf = (time: number): string => write(time, { year: 'numeric', month: 'numeric', day: 'numeric' })
  const say = (day: string): string =>
    filled(pageWords(options).moment, { day, time: write(moment, { timeStyle: 'short' }) })
  const relative = [0, -1].find((days) => dayOf(moment) === dayOf(now + days * DAY_MS))
  if (relative !== undefined) {
    const day = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(relative, 'day')
    return say(capitalised(day, locale))
  }
  const sameYear = write(moment, { year: 'numeric' }) === write(now, { year: 'numeric' })
  return say(write(moment, { month: 'long', day: 'numeric', ...(sameYear ? {} : { year: 'numeric' }) }))
}

/** Names behind each other, in their order. */
export const describeNames = (names: readonly string[], language: Language = {}): string =>
  names.reduce((before, name) => filled(pageWords(language).nextName, { names: before, name }))

/** When a version was made, and who has written since the one before. */
export function versionDetail(version: Pick<Version, 'createdAt' | 'authors'>, options: MomentOptions): string {
  const moment = describeMoment(version.createdAt, options)
  if (version.authors.length === 0) return moment
  const authors = describeNames(
    version.authors.map(({ displayName }) => displayName),
    options,
  )
  return filled(pageWords(options).momentAndAuthors, { moment, authors })
}

/** What is said before a version is restored. */
export const describeRestore = ({ createdAt }: Pick<Version, 'createdAt'>, options: MomentOptions): string =>
  filled(pageWords(options).restoreExplained, { moment: describeMoment(createdAt, options) })
