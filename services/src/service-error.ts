/** A server could not be had or did not do as it was told; the message says which, and why. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  /** The command that helps, where one is known. */
  readonly remedy: string | null

  constructor(message: string, { remedy = null, cause }: { remedy?: string | null; cause?: unknown } = {}) {
    super(message, { cause })
    this.remedy = remedy
  }
}
