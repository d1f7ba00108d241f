import { SheafError, systemRuntime } from '@sheaf/client-sdk'
import type { Clock, SheafClient, SheafDocument, Timer } from '@sheaf/client-sdk'

/** How long what a render opened waits for that render to come onto the page. Milliseconds. */
export const LEASE_MS = 30_000
/** How long React may take to render again what it still shows a fallback of. Milliseconds. */
export const ROLL_CALL_MS = 5_000

type Loading =
  | { readonly kind: 'pending'; readonly promise: Promise<void>; readonly wake: () => void }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'failed'; readonly error: SheafError }

interface Lease {
  readonly documentId: string
  readonly document: SheafDocument
  loading: Loading
  /** Components on the page. */
  holders: number
  /** Ends what nobody holds. */
  timer: Timer | null
  ended: boolean
}

function pending(): Loading {
  let wake: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    wake = resolve
  })
  return { kind: 'pending', promise, wake }
}

const wake = ({ loading }: Lease): void => {
  if (loading.kind === 'pending') loading.wake()
}

const asError = (cause: unknown): SheafError =>
  cause instanceof SheafError ? cause : new SheafError('unavailable', { cause })

/**
 * Documents that were opened by a render. React may throw a render away and tells nobody, so what it opened is only lent to it:
 * until a component on the page holds it, or for a time. A render that waits for its document is asked by then whether it is
 * still there: its promise is resolved, and React renders again what it still shows a fallback of.
 */
export class DocumentLeases {
  readonly #client: SheafClient
  readonly #clock: Clock
  readonly #leases = new Map<string, Lease>()

  constructor(client: SheafClient, clock: Clock = systemRuntime().clock) {
    this.#client = client
    this.#clock = clock
  }

  /** For a render: the loaded document. @throws a promise while it is loading, a {@link SheafError} where it never will be */
  read(documentId: string): SheafDocument {
    const lease = this.#leases.get(documentId) ?? this.#open(documentId)
    if (lease.holders === 0) this.#endAfter(lease, LEASE_MS)
    switch (lease.loading.kind) {
      case 'loaded':
        return lease.document
      case 'pending':
        throw lease.loading.promise
      case 'failed':
        // React renders once more at once before it believes an error; who tries again later begins anew.
        this.#endAfter(lease, 0)
        throw lease.loading.error
    }
  }

  /** For an effect: holds the document until `end`. It is another one than was rendered if that was closed meanwhile. */
  hold(documentId: string): { readonly document: SheafDocument; readonly end: () => void } {
    const lease = this.#leases.get(documentId) ?? this.#open(documentId)
    lease.holders += 1
    lease.timer?.cancel()
    lease.timer = null
    const end = (): void => {
      lease.holders -= 1
      if (lease.holders === 0) this.#end(lease)
    }
    return { document: lease.document, end }
  }

  #open(documentId: string): Lease {
    const document = this.#client.open(documentId)
    const loading: Loading = document.getSnapshot().loaded ? { kind: 'loaded' } : pending()
    const lease: Lease = { documentId, document, loading, holders: 0, timer: null, ended: false }
    this.#leases.set(documentId, lease)
    if (loading.kind === 'pending')
      document.whenLoaded().then(
        () => this.#settle(lease, { kind: 'loaded' }),
        (cause: unknown) => this.#settle(lease, { kind: 'failed', error: asError(cause) }),
      )
    return lease
  }

  #settle(lease: Lease, loading: Loading): void {
    if (lease.ended) return
    wake(lease)
    lease.loading = loading
  }

  #endAfter(lease: Lease, ms: number): void {
    lease.timer?.cancel()
    lease.timer = this.#clock.after(ms, () => {
      if (lease.loading.kind !== 'pending') return this.#end(lease)
      wake(lease)
      lease.loading = pending()
      lease.timer = this.#clock.after(ROLL_CALL_MS, () => this.#end(lease))
    })
  }

  #end(lease: Lease): void {
    if (lease.ended) return
    lease.ended = true
    lease.timer?.cancel()
    if (this.#leases.get(lease.documentId) === lease) this.#leases.delete(lease.documentId)
    wake(lease)
    void lease.document.close()
  }
}

const leases = new WeakMap<SheafClient, DocumentLeases>()

/** The leases of a client, one set for each. */
export function leasesOf(client: SheafClient): DocumentLeases {
  const known = leases.get(client) ?? new DocumentLeases(client)
  leases.set(client, known)
  return known
}
