import { inject } from 'vue'
import type { InjectionKey } from 'vue'

export interface ToastAction {
  readonly label: string
  readonly run: () => void
}

export type ShowToast = (text: string, action?: ToastAction) => void

export const toastKey: InjectionKey<ShowToast> = Symbol('toast')

/** Shows a sentence at the bottom of the page for a few seconds, with a button for what can be done about it. */
export const useToast = (): ShowToast => inject(toastKey, () => undefined)
