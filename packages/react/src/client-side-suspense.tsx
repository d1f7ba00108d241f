import { Suspense } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { useIsServer } from './use-is-server.ts'

/** What waits, and what is shown meanwhile. */
export interface ClientSideSuspenseProps {
  /** Shown on a server, and until what is below has loaded. */
  readonly fallback: ReactNode
  readonly children?: ReactNode
}

/** `<Suspense>` around what opens documents: a server renders the fallback, and the browser goes on from there. */
export function ClientSideSuspense({ fallback, children }: ClientSideSuspenseProps): ReactElement {
  const isServer = useIsServer()
  // No boundary before that: React would complain of one that changes while it is taken over.
  return isServer ? <>{fallback}</> : <Suspense fallback={fallback}>{children}</Suspense>
}
