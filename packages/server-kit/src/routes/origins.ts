/** Which pages may talk to this server from a browser. */
export interface OriginPolicy {
  /** True for an origin of the list, compared exactly. */
  isListed(origin: string | undefined): boolean
  /**
   * True for an upgrade to a socket by a program that is no browser (no origin), by a page of this very server, or by a
   * page of a listed origin. Browsers do not apply CORS to sockets, so this is the only check there is.
   */
  mayConnect(origin: string | undefined, host: string | undefined): boolean
}

export function originPolicy(allowed: readonly string[]): OriginPolicy {
  const listed = new Set(allowed)
  const isListed = (origin: string | undefined): boolean => origin !== undefined && listed.has(origin)
  return {
    isListed,
    mayConnect: (origin, host) => origin === undefined || isListed(origin) || isSameHost(origin, host),
  }
}

/** The scheme is left out: behind a proxy that ends TLS the server does not know its own. */
function isSameHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}
