import type { SheafClient } from '../client.ts'
import { SheafError } from '../errors.ts'
import { systemRuntime } from '../runtime.ts'
import type { DocumentVersions, Version } from '../versions.ts'
import { fakeDocument } from './fake-document.ts'
import type { FakeDocument, FakeDocumentOptions } from './fake-document.ts'

/** What a fake client is made with. */
export interface FakeClientOptions {
  /** How documents are when they are opened. */
  readonly document?: FakeDocumentOptions
  /** The history of every document, newest first. */
  readonly versions?: readonly Version[]
}

/** What a test can see of a client that is not real. */
export interface FakeClientControls {
  /** The open document with this id. @throws where it is not open */
  document(documentId: string): FakeDocument
  isOpen(documentId: string): boolean
  /** How often a document was opened that was not open: two for one id are two sessions at a real server. */
  readonly sessions: number
}

/** A client without server, for a provider in component tests. */
export type FakeClient = SheafClient & FakeClientControls

/** A history in memory. */
function fakeVersions(initial: readonly Version[]): DocumentVersions {
  let items = initial
  const find = (versionId: string): Version => {
    const version = items.find(({ id }) => id === versionId)
    if (version === undefined) throw new SheafError('not-found')
    return version
  }
  const add = (kind: Version['kind'], name: string | null): Version => {
    const seq = (items[0]?.seq ?? 0) + 1
    const createdAt = `2026-01-01T00:00:00.${String(seq % 1_000).padStart(3, '0')}Z`
    const version = { id: `version-${seq}`, seq, kind, name, authors: [], createdAt }
    items = [version, ...items]
    return version
  }
  return {
    list: async () => ({ items, nextCursor: null }),
    create: async (name) => add('named', name),
    rename: async (versionId, name) => {
      const renamed = { ...find(versionId), name }
      items = items.map((version) => (version.id === versionId ? renamed : version))
      return renamed
    },
    getContent: async (versionId) => ({
      type: 'doc',
      content: [{ type: 'paragraph', content: [{ type: 'text', text: `The content of ${find(versionId).id}` }] }],
    }),
    restore: async (versionId) => {
      find(versionId)
      return { seq: add('restore', null).seq }
    },
  }
}

/** A client for component tests: it counts its sessions, so that a document that is opened twice or never closed shows. */
export function fakeClient(options: FakeClientOptions = {}): FakeClient {
  const open = new Map<string, { readonly document: FakeDocument; holders: number }>()
  const histories = new Map<string, DocumentVersions>()
  let sessions = 0

  const release = (documentId: string): void => {
    const entry = open.get(documentId)
    if (entry === undefined) throw new Error(`${documentId} was closed more often than opened`)
    entry.holders -= 1
    // As in the real one, a close that is taken back in the same moment is none.
    systemRuntime().clock.microtask(() => {
      if (entry.holders === 0 && open.get(documentId) === entry) open.delete(documentId)
    })
  }

  return {
    open: (documentId) => {
      const known = open.get(documentId)
      if (known !== undefined) {
        known.holders += 1
        return known.document
      }
      sessions += 1
      const document = fakeDocument({ ...options.document, id: documentId, onClose: () => release(documentId) })
      open.set(documentId, { document, holders: 1 })
      return document
    },
    versions: (documentId) => {
      const history = histories.get(documentId) ?? fakeVersions(options.versions ?? [])
      histories.set(documentId, history)
      return history
    },
    refreshToken: () => undefined,
    forgetDevice: () => Promise.resolve(),
    close: () => {
      open.clear()
      return Promise.resolve()
    },
    document: (documentId) => {
      const entry = open.get(documentId)
      if (entry === undefined) throw new Error(`${documentId} is not open`)
      return entry.document
    },
    isOpen: (documentId) => open.has(documentId),
    get sessions() {
      return sessions
    },
  }
}
