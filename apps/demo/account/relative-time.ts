const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** A moment as people speak of it: `just now`, `5 minutes ago`, `yesterday`, then the date. */
export function describeTime(iso: string, now: number): string {
  const seconds = Math.round((now - new Date(iso).getTime()) / 1000)
  if (seconds < 45) return 'just now'
  if (seconds < HOUR) return words.format(-Math.max(1, Math.round(seconds / MINUTE)), 'minute')
  if (seconds < DAY) return words.format(-Math.round(seconds / HOUR), 'hour')
  if (seconds < 7 * DAY) return words.format(-Math.round(seconds / DAY), 'day')
  return new Date(iso).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' })
}
