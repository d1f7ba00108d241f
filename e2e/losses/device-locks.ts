import type { Locks } from '@sheaf/client-sdk'

/** The locks of one device. Those of a tab are free as soon as it is gone, as the browser's are. */
export function locksOfDevice(): { forOneTab(): { readonly locks: Locks; die(): void } } {
  const holders = new Map<string, object>()
  return {
    forOneTab: () => {
      const tab = {}
      const free = (name: string): void => {
        if (holders.get(name) === tab) holders.delete(name)
      }
      return {
        locks: {
          tryAcquire: (name) => {
            if (holders.has(name)) return Promise.resolve(null)
            holders.set(name, tab)
            return Promise.resolve({ release: () => free(name) })
          },
        },
        die: () => [...holders.keys()].forEach(free),
      }
    },
  }
}
