import { peopleOf } from '@sheaf/client-sdk'
import type { Person, SheafDocument } from '@sheaf/client-sdk'
import { useMemo, useSyncExternalStore } from 'react'

const NOBODY: readonly Person[] = []
const nobody = { getSnapshot: () => NOBODY, subscribe: () => () => undefined }

/** The other people who have the document open, by name. The list stays the same while nobody comes or goes. */
export function usePresence(document: SheafDocument | null): readonly Person[] {
  const people = useMemo(() => (document === null ? nobody : peopleOf(document)), [document])
  return useSyncExternalStore(people.subscribe, people.getSnapshot, nobody.getSnapshot)
}
