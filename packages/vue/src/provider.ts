import type { SheafClient } from '@sheaf/client-sdk'
import type { Words } from '@sheaf/client-sdk/editor'
import { Fragment, defineComponent, h, markRaw, provide, ref, watch } from 'vue'
import type { Plugin, PropType } from 'vue'
import { clientKey } from './client-key.ts'
import { languageKey, languageOf, useLanguage } from './language.ts'
import type { LanguageOptions } from './language.ts'
import { withoutProxy } from './without-proxy.ts'

/** A Vue plugin that gives the client, and a language, to the whole application: `app.use(sheafPlugin(client, { words, locale }))`. */
export const sheafPlugin = (client: SheafClient, language: LanguageOptions = {}): Plugin => ({
  install: (app) => {
    const given = markRaw(withoutProxy(client))
    app.provide(clientKey, () => given)
    app.provide(languageKey, languageOf(language))
  },
})

/** Gives the client, and a language, to everything in its slot, which is made anew for another client. */
export const SheafProvider = defineComponent({
  name: 'SheafProvider',
  props: {
    client: { type: Object as PropType<SheafClient>, required: true },
    /** Words of the editor and of all components. What is left out is as above, in the end English. */
    words: { type: Object as PropType<Partial<Words>>, default: undefined },
    /** Language of dates, numbers and plural forms, as `de`. Default: as above, in the end that of the runtime. */
    locale: { type: String, default: undefined },
  },
  setup(props, { slots }) {
    const current = (): SheafClient => markRaw(withoutProxy(props.client))
    const clients = ref(0)
    watch(current, () => (clients.value += 1), { flush: 'sync' })
    provide(clientKey, current)
    provide(languageKey, languageOf({ words: () => props.words, locale: () => props.locale }, useLanguage()))
    return () => h(Fragment, { key: clients.value }, slots['default']?.())
  },
})
