import { useEffect, useState } from 'react'
import type { ReactElement } from 'react'
import { describeTime } from '../../account/relative-time.ts'

export function RelativeTime({ iso }: { iso: string }): ReactElement {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <time dateTime={iso} title={new Date(iso).toLocaleString()}>
      {describeTime(iso, now)}
    </time>
  )
}
