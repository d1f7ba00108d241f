import { useSyncExternalStore } from 'react'

const never = (): (() => void) => () => undefined

/** True on a server, and in the first render of a page that takes over what a server has drawn. */
export const useIsServer = (): boolean =>
  useSyncExternalStore(
    never,
    () => false,
    () => true,
  )
