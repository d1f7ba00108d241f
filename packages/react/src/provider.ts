import type { SheafClient } from '@sheaf/client-sdk'
import { createContext, createElement, useContext } from 'react'
import type { ReactElement, ReactNode } from 'react'

const ClientContext = createContext<SheafClient | null>(null)

/** Gives the client to everything below. Make the client once, outside of any component that renders again. */
export function SheafProvider({ client, children }: { client: SheafClient; children?: ReactNode }): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children)
}

/** The client of the nearest provider. @throws {Error} where there is none. */
export function useSheafClient(): SheafClient {
  const client = useContext(ClientContext)
  if (client === null) throw new Error('There is no <SheafProvider> above this component.')
  return client
}
