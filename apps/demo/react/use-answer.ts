import { useCallback, useEffect, useState } from 'react'
import { asApiError } from '../account/api.ts'
import type { ApiError } from '../account/api.ts'

export type Answer<T> =
  | { readonly status: 'waiting' }
  | { readonly status: 'ready'; readonly value: T }
  | { readonly status: 'failed'; readonly error: ApiError }

/** What a request answered. `ask` is called once for each identity of it, and again by `again`. */
export function useAnswer<T>(ask: () => Promise<T>): readonly [Answer<T>, again: () => void] {
  const [answer, setAnswer] = useState<Answer<T>>({ status: 'waiting' })
  const [round, setRound] = useState(0)
  useEffect(() => {
    let current = true
    ask().then(
      (value) => current && setAnswer({ status: 'ready', value }),
      (error: unknown) => current && setAnswer({ status: 'failed', error: asApiError(error) }),
    )
    return () => {
      current = false
    }
  }, [ask, round])
  const again = useCallback(() => setRound((value) => value + 1), [])
  return [answer, again]
}
