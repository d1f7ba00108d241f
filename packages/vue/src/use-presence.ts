import { peopleOf } from '@sheaf/client-sdk'
import type { Person, SheafDocument } from '@sheaf/client-sdk'
import { computed } from 'vue'
import type { ComputedRef, MaybeRefOrGetter } from 'vue'
import { useSnapshot } from './use-snapshot.ts'
import { withoutProxy } from './without-proxy.ts'

/** The other people who have the document open, by name. The list stays the same while nobody comes or goes. */
export function usePresence(document: MaybeRefOrGetter<SheafDocument | null>): ComputedRef<readonly Person[]> {
  const people = useSnapshot(() => {
    const opened = withoutProxy(document)
    return opened === null ? null : peopleOf(opened)
  })
  return computed(() => people.value ?? [])
}
