import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react(), vue()],
  build: {
    // Two pages of one site: the whole demo in React, and the page of a document in Vue.
    rolldownOptions: { input: ['index.html', 'vue.html'].map((page) => fileURLToPath(new URL(page, import.meta.url))) },
    target: 'es2022',
    // A data: address would need an exception in the content security policy.
    assetsInlineLimit: 0,
    // ProseMirror, Yjs and React together are about this large; they are loaded after signing in.
    chunkSizeWarningLimit: 800,
  },
  resolve: {
    dedupe: ['yjs', 'react', 'react-dom', 'vue', 'prosemirror-model', 'prosemirror-state', 'prosemirror-view'],
  },
})
