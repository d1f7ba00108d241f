import { onMounted, onUnmounted, ref } from 'vue'
import type { Ref } from 'vue'
import { asApiError } from '../account/api.ts'
import { useSignedIn } from './signed-in.ts'
import { useToast } from './toasts.ts'
import { useAnswer } from './use-answer.ts'
import type { Answer } from './use-answer.ts'

/** How often a page asks whether its document has come back. */
const ASK_MS = 4000

/** Calls `onBack` once the document can be opened again: taken out of the trash, or shared anew. */
function useComingBack(id: string, onBack: () => void): void {
  const { api } = useSignedIn()
  let timer: ReturnType<typeof setTimeout> | undefined
  let current = true
  const ask = (): void => {
    clearTimeout(timer)
    api.get(id).then(
      () => current && onBack(),
      () => {
        // Still not there, or nobody to ask.
        if (current) timer = setTimeout(ask, ASK_MS)
      },
    )
  }
  onMounted(() => {
    timer = setTimeout(ask, ASK_MS)
    addEventListener('focus', ask)
  })
  onUnmounted(() => {
    current = false
    clearTimeout(timer)
    removeEventListener('focus', ask)
  })
}

export interface Return {
  /** Whether the document is in one's own trash, as soon as that is known. */
  readonly inTrash: Readonly<Ref<Answer<boolean>>>
  readonly busy: Readonly<Ref<boolean>>
  /** Takes the document out of the trash. */
  readonly restore: () => Promise<void>
}

/** How a document that ended comes back: by somebody else, or out of one's own trash. */
export function useReturn(id: string, onBack: () => void): Return {
  const { api } = useSignedIn()
  const toast = useToast()
  const busy = ref(false)
  useComingBack(id, onBack)
  const { answer: inTrash } = useAnswer(() => api.isInTrash(id))
  const restore = async (): Promise<void> => {
    busy.value = true
    try {
      await api.untrash(id)
      toast('The document is out of the trash again.')
      onBack()
    } catch (error) {
      busy.value = false
      toast(asApiError(error).message)
    }
  }
  return { inTrash, busy, restore }
}
