/** A server could not be had or did not do as it was told; the message says which and what to do. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
}
