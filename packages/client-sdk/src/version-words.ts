import type { Version } from './versions.ts'

const KINDS: Readonly<Record<Version['kind'], string>> = {
  initial: 'First version',
  auto: 'Saved while writing',
  named: 'Named version',
  restore: 'Restored version',
}

/** The name that somebody gave a version, or else why it exists. In English; an application of another language writes its own. */
export const versionTitle = ({ name, kind }: Pick<Version, 'name' | 'kind'>): string => name ?? KINDS[kind]

/** For whom a moment is put into words. */
export interface MomentOptions {
  /** When it is read: today and yesterday are called so. Milliseconds since 1970. */
  readonly now: number
  /** Language of dates, as `de` or `en-GB`. That of the runtime unless told. */
  readonly locale?: string
  /** As `Europe/Vienna`. That of the runtime unless told. */
  readonly timeZone?: string
}

const DAY_MS = 86_400_000

const capitalised = (word: string): string => word.charAt(0).toLocaleUpperCase() + word.slice(1)

/** A point in time as a list shows it: `Today, 14:05`, `12 November, 14:05`, and with the year where it is another one. */
export function describeMoment(iso: string, { now, locale, timeZone }: MomentOptions): string {
  // oxlint-disable-next-line no-restricted-globals -- reads what is written down, not the clock
  const moment = Date.parse(iso)
  if (Number.isNaN(moment)) return iso
  const zone = timeZone === undefined ? {} : { timeZone }
  const write = (time: number, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, { ...options, ...zone }).format(time)
  const dayOf = (time: number): string => write(time, { year: 'numeric', month: 'numeric', day: 'numeric' })
  const clock = write(moment, { timeStyle: 'short' })
  const relative = [0, -1].find((days) => dayOf(moment) === dayOf(now + days * DAY_MS))
  if (relative !== undefined) {
    const day = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(relative, 'day')
    return `${capitalised(day)}, ${clock}`
  }
  const sameYear = write(moment, { year: 'numeric' }) === write(now, { year: 'numeric' })
  const day = write(moment, { month: 'long', day: 'numeric', ...(sameYear ? {} : { year: 'numeric' }) })
  return `${day}, ${clock}`
}

/** When a version was made, and who has written since the one before. */
export function versionDetail(version: Pick<Version, 'createdAt' | 'authors'>, options: MomentOptions): string {
  const authors = version.authors.map(({ displayName }) => displayName).join(', ')
  return [describeMoment(version.createdAt, options), authors].filter((part) => part !== '').join(' · ')
}

/** What is said before a version is restored. */
export const describeRestore = ({ createdAt }: Pick<Version, 'createdAt'>, options: MomentOptions): string =>
  `The document becomes what it was in this version (${describeMoment(createdAt, options)}). What is there now stays in the history.`
