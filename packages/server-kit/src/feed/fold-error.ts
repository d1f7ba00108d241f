import { isServerError } from '../errors.ts'

/** The document thread could not do its work. */
export class FoldError extends Error {
  override readonly name = 'FoldError'
}

/** What is stored of the document, or what is in it, is not as it should be. */
export const isDamage = (error: unknown): boolean =>
  error instanceof FoldError || isServerError(error, 'document-damaged') || isServerError(error, 'store-damaged')

/** Not a store that does not answer: the same would happen anywhere else. */
export const isOwnFault = (error: unknown): boolean => isDamage(error) || isServerError(error, 'internal')
