/** The backend: as a plugin of a Fastify application, or as a server of its own. */
export { sheaf } from './server.ts'
export { createSheafServer, type SheafServer } from './operating/standalone.ts'
export { createSheafWorker, type SheafWorker } from './operating/standalone-worker.ts'
export type { SheafOptions } from './plugin.ts'
export type { BackendOptions } from './backend.ts'

/** Settings from the environment. */
export type { KafkaChoice, KafkaSasl, StoreChoice } from './store-choice.ts'
export { SETTINGS, readSettings, type Environment, type SettingName, type Settings } from './config.ts'

/** Whose people they are, and who may do what. */
export type { AuthOptions, Authorize, VerifiedToken } from './access.ts'
export type { AttemptLimits } from './people/accounts.ts'
export type { PasswordOptions } from './people/passwords.ts'
export type { Principal, Role } from '@sheaf/protocol'

/** Bounds of the real-time part. */
export { DEFAULT_LIMITS, type Limits } from './limits.ts'

/** Every error by its code. */
export { ERROR_CODES, SheafServerError, isServerError, type ErrorCode } from './errors.ts'
export { PROBLEM_TYPE, type Problem } from './routes/problem.ts'

/** The ports, for stores of one's own; their contracts are in `@sheaf/server-kit/testing`. */
export type * from './ports.ts'
