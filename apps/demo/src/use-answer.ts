import { useCallback, useEffect, useState } from 'react'
import { ApiError } from './api.ts'

export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(0, 'unknown', error instanceof Error ? error.message : String(error))

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
