import { ERRORS } from './errors.ts'
import type { SheafError } from './errors.ts'
import { pageWords } from './words.ts'
import type { Language } from './words.ts'

const isFull = (cause: unknown): boolean => cause instanceof Error && cause.name === 'QuotaExceededError'

/**
 * What an error says to a person: the sentence for its code. Where the error says more than its code, as the server does of an edit
 * that it refused, that is kept as it is.
 */
export function describeError(error: Pick<SheafError, 'code' | 'message' | 'cause'>, language: Language = {}): string {
  const { code, message, cause } = error
  const words = pageWords(language)
  if (code === 'journal-unavailable' && isFull(cause)) return words.storageFull
  return message === ERRORS[code].message ? (words[`error-${code}`] ?? message) : message
}
