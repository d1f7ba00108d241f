import type { SheafClient } from '@sheaf/client-sdk'
import { defineComponent, inject, markRaw, provide } from 'vue'
import type { InjectionKey, Plugin, PropType } from 'vue'

const clientKey: InjectionKey<SheafClient> = Symbol('sheaf client')

/** A Vue plugin that gives the client to the whole application: `app.use(sheafPlugin(client))`. */
export const sheafPlugin = (client: SheafClient): Plugin => ({
  install: (app) => {
    app.provide(clientKey, markRaw(client))
  },
})

/** Gives the client to everything in its slot. */
export const SheafProvider = defineComponent({
  name: 'SheafProvider',
  props: { client: { type: Object as PropType<SheafClient>, required: true } },
  setup(props, { slots }) {
    provide(clientKey, markRaw(props.client))
    return () => slots['default']?.()
  },
})

/** The client of the nearest provider or of the plugin. @throws {Error} where there is neither. */
export function useSheafClient(): SheafClient {
  const client = inject(clientKey, null)
  if (client === null) throw new Error('There is no <SheafProvider> above this component, and no sheafPlugin.')
  return client
}
