import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // A data: address would need an exception in the content security policy.
    assetsInlineLimit: 0,
    // ProseMirror, Yjs and React together are about this large; they are loaded after signing in.
    chunkSizeWarningLimit: 800,
  },
  resolve: { dedupe: ['yjs', 'react', 'react-dom', 'prosemirror-model', 'prosemirror-state', 'prosemirror-view'] },
})
