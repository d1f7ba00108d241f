// Hocuspocus with its defaults. With STORE_DIR it keeps each document as one file, written by rename: less work than
// its SQLite extension does, and therefore in its favour.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Server } from '@hocuspocus/server'
import * as Y from 'yjs'

const folder = process.env.STORE_DIR
const fileOf = (name) => join(folder, encodeURIComponent(name))

const persistence = {
  async onLoadDocument({ documentName, document }) {
    const stored = await readFile(fileOf(documentName)).catch((error) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (stored !== null) Y.applyUpdate(document, stored)
  },
  async onStoreDocument({ documentName, document }) {
    const state = Y.encodeStateAsUpdate(document)
    await writeFile(`${fileOf(documentName)}.next`, state)
    await rename(`${fileOf(documentName)}.next`, fileOf(documentName))
    process.send?.({ event: 'stored', bytes: state.length })
  },
}

if (folder !== undefined) await mkdir(folder, { recursive: true })
const server = new Server({
  port: Number(process.env.PORT ?? 0),
  address: '127.0.0.1',
  quiet: true,
  ...(folder === undefined ? {} : persistence),
})
await server.listen()
process.send?.({ port: server.httpServer.address().port })
