import type { Role } from '@sheaf/client-sdk'
import { onMounted, onScopeDispose, shallowRef, watch, watchEffect } from 'vue'
import type { ShallowRef } from 'vue'
import { asApiError } from '../account/api.ts'
import type { DocumentInfo } from '../account/api.ts'
import { UNTITLED } from '../account/document-words.ts'
import { useSignedIn } from './signed-in.ts'

/**
 * Title and role of a document. Read anew when one comes back to the page, since others may have renamed it, and when the role
 * changes. `failure` says why there is none.
 */
export function useDocumentInfo(
  id: string,
  role: () => Role | null,
): { readonly info: ShallowRef<DocumentInfo | null>; readonly failure: Readonly<ShallowRef<string | null>> } {
  const { api } = useSignedIn()
  const info = shallowRef<DocumentInfo | null>(null)
  const failure = shallowRef<string | null>(null)
  let current = true
  async function read(): Promise<void> {
    try {
      const value = await api.get(id)
      if (!current) return
      info.value = value
      failure.value = null
    } catch (error) {
      const { status, message } = asApiError(error)
      // Without a connection the document may still be on this device.
      if (current && status !== 0)
        failure.value = status === 404 ? 'It was deleted, or is not shared with you.' : message
    }
  }
  const onFocus = (): void => void read()
  watch(role, onFocus, { immediate: true })
  onMounted(() => addEventListener('focus', onFocus))
  onScopeDispose(() => {
    current = false
    removeEventListener('focus', onFocus)
    document.title = 'Sheaf'
  })
  watchEffect(() => {
    document.title = info.value === null ? 'Sheaf' : `${info.value.title || UNTITLED} – Sheaf`
  })
  return { info, failure }
}
