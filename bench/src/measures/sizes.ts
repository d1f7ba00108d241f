import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { ContenderName } from '../contenders/contender.ts'
import { shareOfPeer, upTo } from './measure.ts'
import type { Measure, Row } from './measure.ts'

/** What an application would write, and nothing that it would not use. */
const cores: Partial<Record<ContenderName, string>> = {
  'y-websocket': `export { WebsocketProvider } from 'y-websocket'`,
  hocuspocus: `export { HocuspocusProvider } from '@hocuspocus/provider'`,
  sheaf: `export { createSheafClient } from '@sheaf/client-sdk'`,
}

const editors: Partial<Record<ContenderName, string>> = {
  hocuspocus: `
    export { HocuspocusProvider } from '@hocuspocus/provider'
    export { Editor } from '@tiptap/core'
    export { default as StarterKit } from '@tiptap/starter-kit'
    export { default as Collaboration } from '@tiptap/extension-collaboration'
    export { default as CollaborationCaret } from '@tiptap/extension-collaboration-caret'`,
  sheaf: `
    export { createSheafClient } from '@sheaf/client-sdk'
    export { createEditor } from '@sheaf/client-sdk/editor'`,
}

/** Kilobytes of the minified bundle after gzip. Yjs is left out: everybody needs it, and the same one. */
async function bundled(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['yjs'],
    loader: { '.css': 'empty' },
    logLevel: 'silent',
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1024
}

async function sizesOf(entries: Partial<Record<ContenderName, string>>): Promise<Row['values']> {
  const values: Partial<Record<ContenderName, number>> = {}
  for (const [name, code] of Object.entries(entries)) values[name as ContenderName] = await bundled(code)
  return values
}

async function run(): Promise<readonly Row[]> {
  return [
    {
      label: 'client core without yjs, minified, gzip (y-websocket has no journal and no acknowledgements)',
      unit: 'KB',
      values: await sizesOf(cores),
      promise: upTo(12),
    },
    {
      label: 'client with the editor (beside Tiptap with starter kit and carets), minified, gzip',
      unit: 'KB',
      values: await sizesOf(editors),
      promise: shareOfPeer(0.7),
    },
  ]
}

export const sizes: Measure = { name: 'sizes', describes: 'what a browser has to download', run }
