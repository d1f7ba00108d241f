import type { SheafDocument } from '@sheaf/client-sdk'
import { inject, onWatcherCleanup, ref, watchEffect } from 'vue'
import type { InjectionKey, Ref } from 'vue'
import { colorOf, subscribeToColors } from '../account/colors.ts'

/** The document that the page shows; null as long as there is none. */
export const openedDocumentKey: InjectionKey<Readonly<Ref<SheafDocument | null>>> = Symbol('opened document')

/** The colour of somebody's caret and of what else stands for them. */
export function useColorOf(userId: () => string): Readonly<Ref<string>> {
  const opened = inject(openedDocumentKey, null)
  const color = ref('')
  watchEffect(() => {
    const [id, document] = [userId(), opened?.value ?? null]
    const look = (): void => void (color.value = colorOf(id, document))
    look()
    onWatcherCleanup(subscribeToColors(document, look))
  })
  return color
}
