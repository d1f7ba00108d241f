import { SheafServerError } from '../../errors.ts'

/** As in the data folder; an index of PostgreSQL takes about 2,700 bytes. */
const MAX_IDENTIFIER = 512
/** PostgreSQL stores no NUL, and half a character would come back as another one. */
const UNSTORABLE = /[\0\p{Surrogate}]/u

/** True for a string that PostgreSQL gives back as it was. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text)

/** True for what an identifier may be; whoever asks for another one is told that there is no such thing. */
export const isIdentifier = (text: string): boolean =>
  text.length > 0 && text.length <= MAX_IDENTIFIER && isStorable(text)

/** @throws {SheafServerError} `bad-request` where one of them is no identifier. */
export function assertIdentifiers(...identifiers: readonly string[]): void {
  if (!identifiers.every(isIdentifier))
    throw new SheafServerError('bad-request', 'an identifier is empty, too long or holds a NUL')
}

/** @throws {SheafServerError} `bad-request` where one of them cannot be stored as it is. */
export function assertStorable(...texts: readonly string[]): void {
  if (!texts.every(isStorable)) throw new SheafServerError('bad-request', 'a text holds a NUL or half a character')
}
