import type { SheafDocument } from '@sheaf/client-sdk'
import { inject, onScopeDispose, ssrContextKey } from 'vue'
import { useSheafClient } from './client-key.ts'
import { markDocument } from './without-proxy.ts'

/**
 * Opens a document for a component below `<Suspense>`: `const document = await useDocument(id)` in its setup. The component is shown
 * once there is content. For another id give the component another `key`. A server renders no such component: render it in the
 * browser only, within `<ClientOnly>` or the like.
 * @throws {SheafError} where the document cannot be opened: `onErrorCaptured` of a component above is called
 */
export async function useDocument(documentId: string): Promise<SheafDocument> {
  const client = useSheafClient()
  if (inject(ssrContextKey, null) !== null)
    throw new Error('@sheaf/vue/suspense opens nothing on a server: render this component in the browser only.')
  const document = markDocument(client.open(documentId))
  let held = true
  const close = (): void => {
    if (held) void document.close()
    held = false
  }
  onScopeDispose(close)
  try {
    await document.whenLoaded()
  } catch (error) {
    close()
    throw error
  }
  return document
}
