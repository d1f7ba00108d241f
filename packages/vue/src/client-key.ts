import type { SheafClient } from '@sheaf/client-sdk'
import { inject } from 'vue'
import type { InjectionKey } from 'vue'

export const clientKey: InjectionKey<() => SheafClient> = Symbol('sheaf client')

/** The client of the nearest provider or of the plugin. @throws {Error} where there is neither. */
export function useSheafClient(): SheafClient {
  const client = inject(clientKey, null)
  if (client === null) throw new Error('There is no <SheafProvider> above this component, and no sheafPlugin.')
  return client()
}
