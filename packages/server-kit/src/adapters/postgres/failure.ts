import { DatabaseError } from 'pg'
import { SheafServerError } from '../../errors.ts'
import { reasonOf } from '../../metrics.ts'
import { CONNECT_MS, wrongUrl } from './address.ts'
import type { Address } from './address.ts'

/** What the server answered, by its code (SQLSTATE); null where there was no answer. */
const answerOf = (error: unknown): string | null => (error instanceof DatabaseError ? (error.code ?? '') : null)

export const isUniqueViolation = (error: unknown): boolean => answerOf(error) === '23505'

/** Rolled back for the sake of another one that did the same: it may simply be done again. */
export const isRolledBack = (error: unknown): boolean => ['40P01', '40001'].includes(answerOf(error) ?? '')

/** Codes after which a connection is of no use: the server ends it, or is not the primary any more. */
const ENDED = ['57P01', '57P02', '57P03', '57P05', '25006']
/** Codes of a server that works and cannot do it now: no memory, no room on the disk, a statement that took too long. */
const OVERBURDENED = ['57014', '55P03']

export function isConnectionLost(error: unknown): boolean {
  const answer = answerOf(error)
  if (answer !== null) return answer.startsWith('08') || ENDED.includes(answer)
  // What else the driver rejects with is about the socket; these two are about a program that is wrong.
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError)
}

/** True where the server was silent, in contrast to a connection that broke: asking again would only be silent again. */
export const isSilence = (error: unknown): boolean => reasonOf(error) === 'Query read timeout'

/** What a call rejects with. */
export function explainCall(error: unknown): unknown {
  const answer = answerOf(error) ?? ''
  if (answer.startsWith('XX')) return new SheafServerError('store-damaged', undefined, { cause: error })
  if (answer.startsWith('53') || OVERBURDENED.includes(answer) || isRolledBack(error) || isConnectionLost(error))
    return new SheafServerError('unavailable', 'the store of people and their rights does not answer', { cause: error })
  return error
}

/** One line that says what is wrong with the address, or behind it, and what to do. */
export function explainConnect(error: unknown, address: Address): SheafServerError {
  return error instanceof SheafServerError ? error : wrongUrl(describe(error, address), error)
}

/** What is wrong, in words. */
export function describe(error: unknown, address: Address): string {
  const reason = reasonOf(error)
  const answer = answerOf(error)
  return answer === null
    ? describeSilence((error as NodeJS.ErrnoException).code ?? '', reason, address)
    : describeAnswer(answer, reason, address)
}

function describeAnswer(answer: string, reason: string, { user, database, shown, usesTls }: Address): string {
  switch (answer) {
    case '28P01':
      return `the server refuses the password of ${user}; correct it`
    case '28000':
      if (!reason.includes('pg_hba.conf'))
        return `the server refuses the role ${user} (${reason}); create it, or correct it`
      return usesTls
        ? `the server does not let ${user} into ${database}; allow it in its pg_hba.conf`
        : `the server lets ${user} into ${database} only with TLS, or not at all; append ?sslmode=verify-full, or allow it in its pg_hba.conf`
    case '3D000':
      return `there is no database ${database}; create it, or correct the name`
    case '42501':
      return `the role ${user} has not the rights that it needs (${reason}); grant them`
    case '53300':
      return `${shown} has no connection left; raise its max_connections, or end programs that hold some`
    case '57P03':
      return `${shown} is starting or stopping; try again in a moment`
    default:
      return `${shown} answers: ${reason}`
  }
}

function describeSilence(code: string, reason: string, { host, port, user }: Address): string {
  const where = host.startsWith('/') ? host : `${host}:${port}`
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return `nothing listens at ${where}; start PostgreSQL there, or correct the address`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host ${host} is not known; correct its name`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `${where} cannot be reached (${code}); check the address and the network between`
  }
  if (reason.includes('timeout'))
    return `${where} does not answer within ${CONNECT_MS / 1000} seconds; check the address and the network between`
  if (reason.includes('password must be a')) return `the server wants a password of ${user}; write it into the URL`
  if (reason.includes('does not support SSL')) return `${where} has no TLS; switch it on there, or use ?sslmode=disable`
  if (/CERT|SIGNATURE|ISSUER|TLS/.test(code))
    return `the certificate of ${where} is not trusted (${code}); name its authority with sslrootcert=FILE`
  return `${where} ended the connection (${code || reason}); check that it is a PostgreSQL server`
}
