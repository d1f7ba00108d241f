'use client'

import { createSheafClient } from '@sheaf/client-sdk'
import type { TokenRequest } from '@sheaf/client-sdk'
import { SheafProvider } from '@sheaf/react'
import { useState } from 'react'
import type { ReactNode } from 'react'

async function fetchToken({ reason }: TokenRequest): Promise<string> {
  const answer = await fetch('/api/token', { method: 'POST', body: JSON.stringify({ reason }) })
  if (!answer.ok) throw new Error(`no token: ${answer.status}`)
  const { token } = (await answer.json()) as { token: string }
  return token
}

/** One client for as long as the page is open. On the server it opens nothing. */
export function ClientProvider({ url, children }: { url: string; children: ReactNode }) {
  const [client] = useState(() => createSheafClient({ url, token: fetchToken }))
  return <SheafProvider client={client}>{children}</SheafProvider>
}
