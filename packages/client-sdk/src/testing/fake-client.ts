import type { SheafClient } from '../client.ts'
import { SheafError } from '../errors.ts'
import { systemRuntime } from '../runtime.ts'
import type { DocumentVersions, Version } from '../versions.ts'
import { fakeDocument } from './fake-document.ts'
import type { FakeDocument, FakeDocumentOptions } from './fake-document.ts'
import { fakeVersions } from './fake-versions.ts'

/** What a fake client is made with. */
export interface FakeClientOptions {
  /** How documents are when they are opened. */
  readonly document?: FakeDocumentOptions
  /** The history of every document, newest first. */
  readonly versions?: readonly Version[]
  /** How many of them `list` gives at once; all unless told. */
  readonly versionsPerPage?: number
}

/** What can be asked of a client, by the name of the call. */
export type FakeClientCall =
  'open' | 'refreshToken' | 'forgetDevice' | 'close' | `versions.${Extract<keyof DocumentVersions, string>}`

/** What a test can see of a client that is not real. */
export interface FakeClientControls {
  /** The open document with this id. @throws where it is not open */
  document(documentId: string): FakeDocument
  isOpen(documentId: string): boolean
  /** Ids of the documents that are open. */
  readonly openDocuments: readonly string[]
  /** How often a document was opened and not closed. */
  holders(documentId: string): number
  /** How often a document was opened that was not open: two for one id are two sessions at a real server. */
  readonly sessions: number
  /** What was asked of it, in its order: the call and what it was given, as `versions.rename notes version-1 Draft`. */
  readonly asked: readonly string[]
  /** The next such call fails with this; `unavailable` unless told. Said twice, the next two do. */
  failNext(call: FakeClientCall, error?: SheafError): void
}

/** A client without server, for a provider in component tests. */
export type FakeClient = SheafClient & FakeClientControls

/** A client for component tests: it counts its sessions, so that a document that is opened twice or never closed shows. */
export function fakeClient(options: FakeClientOptions = {}): FakeClient {
  const open = new Map<string, { readonly document: FakeDocument; holders: number }>()
  const histories = new Map<string, DocumentVersions>()
  const asked: string[] = []
  const failures: { readonly call: FakeClientCall; readonly error: SheafError }[] = []
  let sessions = 0

  const ask = (call: FakeClientCall, ...given: readonly string[]): void => {
    asked.push([call, ...given].join(' '))
    const index = failures.findIndex((failure) => failure.call === call)
    if (index < 0) return
    const [failure] = failures.splice(index, 1)
    if (failure !== undefined) throw failure.error
  }

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
      ask('open', documentId)
      const known = open.get(documentId)
      if (known !== undefined) {
        known.holders += 1
        return known.document
      }
      sessions += 1
      const document = fakeDocument({
        ...options.document,
        id: documentId,
        onClose: () => {
          options.document?.onClose?.()
          release(documentId)
        },
        onEnd: () => {
          options.document?.onEnd?.()
          open.delete(documentId)
        },
      })
      open.set(documentId, { document, holders: 1 })
      return document
    },
    versions: (documentId) => {
      const { versions = [], versionsPerPage = Number.POSITIVE_INFINITY } = options
      const history =
        histories.get(documentId) ??
        fakeVersions(versions, versionsPerPage, (call, ...given) => ask(`versions.${call}`, documentId, ...given))
      histories.set(documentId, history)
      return history
    },
    refreshToken: () => ask('refreshToken'),
    forgetDevice: async () => ask('forgetDevice'),
    close: async () => {
      ask('close')
      open.clear()
    },
    document: (documentId) => {
      const entry = open.get(documentId)
      if (entry === undefined) throw new Error(`${documentId} is not open`)
      return entry.document
    },
    isOpen: (documentId) => open.has(documentId),
    get openDocuments() {
      return [...open.keys()]
    },
    holders: (documentId) => open.get(documentId)?.holders ?? 0,
    get sessions() {
      return sessions
    },
    asked,
    failNext: (call, error = new SheafError('unavailable')) => {
      failures.push({ call, error })
    },
  }
}
