import { MongoError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import type { TopologyDescription } from 'mongodb'
import { SheafServerError } from '../../errors.ts'

/** A wrong setting, or a server that is not as it must be: one line that says what to do. */
export const wrongSetting = (what: string, cause?: unknown): SheafServerError =>
  new SheafServerError('configuration', `SHEAF_MONGODB_URL: ${what}`, { cause })

const AUTHENTICATION_FAILED = 18
const UNAUTHORIZED = 13
/** Atlas answers with this one to a wrong password. */
const ATLAS_ERROR = 8_000

/** Why a server cannot be worked with, out of what the driver says. `place` is shown to people. */
export function startProblem(error: unknown, place: string): unknown {
  const failure = error instanceof SheafServerError && error.code === 'unavailable' ? error.cause : error
  if (failure instanceof MongoServerSelectionError) return wrongSetting(unreachable(failure, place), error)
  if (failure instanceof MongoServerError) return wrongSetting(refused(failure, place), error)
  if (failure instanceof MongoError || (error instanceof SheafServerError && error.code === 'unavailable'))
    return wrongSetting(`MongoDB at ${place} does not answer (${nameOf(failure)}); see whether it is well`, error)
  return error
}

function unreachable(error: MongoServerSelectionError, place: string): string {
  const topology = error.reason as Partial<TopologyDescription> | undefined
  const servers = [...(topology?.servers?.values() ?? [])]
  const reasons = servers.flatMap(({ error: reason }) => (reason === null ? [] : [reason.message]))
  if (reasons.some((reason) => /wire version/.test(reason)))
    return `the server at ${place} is too old for this program; take MongoDB 6 or newer`
  if (topology?.type === 'ReplicaSetNoPrimary') {
    return servers.some(({ type }) => type === 'RSSecondary')
      ? `no server at ${place} takes writes: the replica set has no primary now; name all its members, and see rs.status()`
      : `no member of the replica set ${topology.setName ?? ''} answers at ${place}; see whether replicaSet= is its name`
  }
  if (servers.some(({ type }) => type === 'RSSecondary'))
    return `the server at ${place} takes no writes: it is a secondary; name the whole replica set with replicaSet=`
  return `no MongoDB answers at ${place} (${reasons[0] ?? 'no answer'}); start it, or correct host and port`
}

function refused(error: MongoServerError, place: string): string {
  if (error.code === AUTHENTICATION_FAILED || error.code === ATLAS_ERROR)
    return `MongoDB at ${place} refuses user or password; correct them, and say with authSource= where the user is kept`
  if (error.code === UNAUTHORIZED)
    return `MongoDB does not let this user work with ${place}; name a user who has the role readWrite on that database`
  return `MongoDB at ${place} refuses to work (${nameOf(error)}); see its log`
}

function nameOf(error: unknown): string {
  if (error instanceof MongoServerError && typeof error.codeName === 'string') return error.codeName
  return error instanceof MongoError ? error.name : 'no answer in time'
}
