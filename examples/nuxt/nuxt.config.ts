export default defineNuxtConfig({
  compatibilityDate: '2026-01-01',
  devtools: { enabled: false },
  telemetry: false,
  css: ['@sheaf/client-sdk/editor.css', '~/assets/page.css'],
  app: {
    head: {
      title: 'Sheaf in Nuxt',
      htmlAttrs: { lang: 'en' },
      link: [{ rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }],
    },
  },
  runtimeConfig: {
    // NUXT_SECURE_COOKIES=true, wherever the site is served over TLS.
    secureCookies: false,
    // NUXT_PUBLIC_SHEAF_URL, read when the server starts.
    public: { sheafUrl: 'http://127.0.0.1:4400' },
  },
})
