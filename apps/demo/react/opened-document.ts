import type { SheafDocument } from '@sheaf/client-sdk'
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react'
import { colorOf, subscribeToColors } from '../account/colors.ts'

/** The document that the page shows; null on the pages that show none. */
export const OpenedDocument = createContext<SheafDocument | null>(null)

/** The colour of somebody's caret and of what else stands for them. */
export function useColorOf(userId: string): string {
  const document = useContext(OpenedDocument)
  const subscribe = useCallback((listener: () => void) => subscribeToColors(document, listener), [document])
  return useSyncExternalStore(subscribe, () => colorOf(userId, document))
}
