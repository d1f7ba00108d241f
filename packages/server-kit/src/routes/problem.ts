import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SheafServerError, isServerError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

/** The body of every error, as RFC 9457 describes it. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly requestId: string
}

/** The media type of every error, as RFC 9457 has it. */
export const PROBLEM_TYPE = 'application/problem+json'

/** Errors that fastify and its plugins raise before a route is reached. */
const CODES_OF_FASTIFY: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_NOT_FOUND: 'not-found',
}

/** Makes an error of ours out of anything that was thrown; what is not the caller's mistake becomes `internal`. */
export function serverErrorOf(error: unknown): SheafServerError {
  if (isServerError(error)) return error
  const { code, statusCode, validation, message } = error as Partial<FastifyError>
  if (validation !== undefined) return new SheafServerError('bad-request', describeValidation(error as FastifyError))
  const known = CODES_OF_FASTIFY[code ?? '']
  if (known !== undefined) return new SheafServerError(known, undefined, { cause: error })
  // Malformed JSON, a bad content length, a path that cannot be decoded: fastify says what, without quoting the body.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500 && code?.startsWith('FST_') === true)
    return new SheafServerError('bad-request', message, { cause: error })
  if (error instanceof SyntaxError && statusCode === 400)
    return new SheafServerError('bad-request', 'the body is not valid JSON', { cause: error })
  return new SheafServerError('internal', undefined, { cause: error })
}

/** Which part is wrong and how; never the value. */
function describeValidation({ validation, validationContext }: FastifyError): string {
  const [first] = validation ?? []
  const place = `${validationContext ?? 'body'}${first?.instancePath ?? ''}`
  return `${place} ${first?.message ?? 'is not valid'}`
}

export function problemOf(error: SheafServerError, requestId: string): Problem {
  const { title, status, code, message } = error
  return { type: `https://sheaf.dev/errors#${code}`, title, status, code, detail: message, requestId }
}

/** Answers a request with an error. */
export function sendProblem(error: SheafServerError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.status >= 500) request.log.error({ code: error.code, reason: reasonsOf(error) }, 'a request failed')
  if (error.retryAfterSeconds !== null) void reply.header('retry-after', error.retryAfterSeconds)
  if (error.status === 401) void reply.header('www-authenticate', 'Bearer')
  const requestId = request.id
  return reply
    .code(error.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemOf(error, requestId)))
}

/** Messages of an error and its causes: what an operator needs, without a stack and without content. */
function reasonsOf(error: unknown): string {
  const reasons: string[] = []
  for (let at = error; at instanceof Error && reasons.length < 5; at = at.cause) reasons.push(at.message)
  return reasons.join(': ')
}

/** Answers every error within this scope with a problem. */
export function answerWithProblems(scope: FastifyInstance): void {
  scope.setErrorHandler((error, request, reply) => sendProblem(serverErrorOf(error), request, reply))
}

/** For a server that has no other paths: unknown ones are a problem too. */
export function answerUnknownPaths(scope: FastifyInstance): void {
  scope.setNotFoundHandler((request, reply) => sendProblem(new SheafServerError('not-found'), request, reply))
}
