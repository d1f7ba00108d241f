import type { SheafClient } from '@sheaf/client-sdk'
import { Fragment, defineComponent, h, inject, markRaw, provide, ref, watch } from 'vue'
import type { InjectionKey, Plugin, PropType } from 'vue'
import { withoutProxy } from './without-proxy.ts'

const clientKey: InjectionKey<() => SheafClient> = Symbol('sheaf client')

/** A Vue plugin that gives the client to the whole application: `app.use(sheafPlugin(client))`. */
export const sheafPlugin = (client: SheafClient): Plugin => ({
  install: (app) => {
    const given = markRaw(withoutProxy(client))
    app.provide(clientKey, () => given)
  },
})

/** Gives the client to everything in its slot, which is made anew for another client. */
export const SheafProvider = defineComponent({
  name: 'SheafProvider',
  props: { client: { type: Object as PropType<SheafClient>, required: true } },
  setup(props, { slots }) {
    const current = (): SheafClient => markRaw(withoutProxy(props.client))
    const clients = ref(0)
    watch(current, () => (clients.value += 1), { flush: 'sync' })
    provide(clientKey, current)
    return () => h(Fragment, { key: clients.value }, slots['default']?.())
  },
})

/** The client of the nearest provider or of the plugin. @throws {Error} where there is neither. */
export function useSheafClient(): SheafClient {
  const client = inject(clientKey, null)
  if (client === null) throw new Error('There is no <SheafProvider> above this component, and no sheafPlugin.')
  return client()
}
