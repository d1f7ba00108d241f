import type { SheafClient } from '@sheaf/client-sdk'
import { createContext, useContext } from 'react'

export const ClientContext = createContext<SheafClient | null>(null)

/** The client of the nearest provider. @throws {Error} where there is none. */
export function useSheafClient(): SheafClient {
  const client = useContext(ClientContext)
  if (client === null) throw new Error('There is no <SheafProvider> above this component.')
  return client
}
