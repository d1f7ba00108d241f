/** The real servers of the tests, without Docker. */
export { type Absence, absences } from './absence.ts'
export { type Gateway, startGateway } from './gateway.ts'
export { ServiceError } from './service-error.ts'
export type { Service, ServiceName } from './service.ts'
export { type Services, startServices } from './services.ts'
export { sharedSetting } from './shared.ts'
