/** The real servers of the tests, without Docker. */
export { ServiceError } from './service-error.ts'
export type { Service, ServiceName } from './service.ts'
export { type Services, startServices } from './services.ts'
