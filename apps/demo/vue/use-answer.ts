import { onScopeDispose, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import { asApiError } from '../account/api.ts'
import type { ApiError } from '../account/api.ts'

export type Answer<T> =
  | { readonly status: 'waiting' }
  | { readonly status: 'ready'; readonly value: T }
  | { readonly status: 'failed'; readonly error: ApiError }

/** What a request answered. `ask` is called at once, and again by `again`; only the last answer counts. */
export function useAnswer<T>(ask: () => Promise<T>): {
  readonly answer: Readonly<ShallowRef<Answer<T>>>
  readonly again: () => void
} {
  const answer = shallowRef<Answer<T>>({ status: 'waiting' })
  let round = 0
  const again = (): void => {
    round += 1
    const mine = round
    ask().then(
      (value) => {
        if (mine === round) answer.value = { status: 'ready', value }
      },
      (error: unknown) => {
        if (mine === round) answer.value = { status: 'failed', error: asApiError(error) }
      },
    )
  }
  again()
  onScopeDispose(() => {
    round += 1
  })
  return { answer, again }
}
