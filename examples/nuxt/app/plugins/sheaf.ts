import { createSheafClient } from '@sheaf/client-sdk'
import { sheafPlugin } from '@sheaf/vue'

/** One client for as long as the page is open. On the server it opens nothing. */
export default defineNuxtPlugin(({ vueApp }) => {
  const client = createSheafClient({
    url: useRuntimeConfig().public.sheafUrl,
    token: async ({ reason }) => {
      const { token } = await $fetch('/api/token', { method: 'POST', body: { reason } })
      return token
    },
  })
  vueApp.use(sheafPlugin(client))
})
