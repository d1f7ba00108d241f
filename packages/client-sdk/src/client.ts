import { DEFAULT_SCHEMA_ID } from '@sheaf/protocol'
import { DEFAULT_BATCHING } from './batcher.ts'
import type { BatchingNumbers, BatchingPolicy } from './batcher.ts'
import { within } from './device/deadline.ts'
import { hasIndexedDb, indexedDbDeviceStore } from './device/indexeddb.ts'
import { memoryDeviceStore } from './device/memory.ts'
import type { ReplicaClaims } from './device/replica-claim.ts'
import type { DeviceStore } from './device/store.ts'
import { SheafDocument } from './document.ts'
import type { DocumentOptions } from './document.ts'
import { SheafError } from './errors.ts'
import { Orphans } from './orphans.ts'
import { systemRuntime } from './runtime.ts'
import type { Runtime, WebSocketConstructor } from './runtime.ts'
import type { TokenSource } from './token.ts'
import { createDocumentVersions } from './versions.ts'
import type { DocumentVersions, Fetch } from './versions.ts'
import { assertOneYjs } from './yjs-identity.ts'

/** Where the server is, who one is, and what may differ from the usual. */
export interface SheafClientOptions {
  /** Where the server is: `https://docs.example.com`, with a path if it is mounted under one. */
  readonly url: string
  /** Who one is: a token, or a function that gets one. It is called at every connection and when the server wants a new one. */
  readonly token: TokenSource
  /** Where unsent edits are kept. IndexedDB where there is one, otherwise memory. */
  readonly deviceStore?: DeviceStore
  /** When gathered edits are sent: after 200 ms of pause, 2 s of typing or 20 characters unless told. */
  readonly batching?: Partial<BatchingNumbers> | 'immediate'
  /** For runtimes without a global WebSocket, such as Node 20: that of the package `ws`. */
  readonly webSocket?: WebSocketConstructor
  /** Schema of the content that this client reads and writes; that of Sheaf's editor unless told. */
  readonly schemaId?: string
  /** For the HTTP calls of `versions`; the global one unless told. */
  readonly fetch?: Fetch
  /** Clock, chance and surroundings, for tests. */
  readonly runtime?: Runtime
}

/** Opens documents of one server for one user. */
export interface SheafClient {
  /** Opens a document. The same id gives the same document until every `open` is met by a `close`. */
  open(documentId: string): SheafDocument
  /** The history of a document, over HTTP: it need not be open. */
  versions(documentId: string): DocumentVersions
  /** There may be a better token now: connections that wait for one try again at once, the others renew theirs. */
  refreshToken(): void
  /**
   * For a sign-out on a device that others use: waits until what was edited is committed, closes the client, and removes
   * the content and the journals of this user from the device. Unsent edits of other users stay, for their authors.
   * @throws {SheafError} `unsaved-edits` where edits would be lost: nothing was closed or removed then
   */
  forgetDevice(options?: ForgetDeviceOptions): Promise<void>
  /** Closes all documents. Idempotent. */
  close(): Promise<void>
}

export interface ForgetDeviceOptions {
  /** Give up edits that are not committed. Default false. */
  readonly discardUnsaved?: boolean
  /** How long to wait for edits to be committed. Milliseconds, 5,000 unless told. */
  readonly timeoutMs?: number
}

const FORGET_TIMEOUT_MS = 5_000

/** Edits of another user that a document has found on the device are not its user's to lose. */
const holdsOwnEdits = (document: SheafDocument): boolean => {
  const { unsavedChanges, error } = document.getSnapshot()
  return unsavedChanges > 0 && error?.code !== 'other-user'
}

function batchingOf(batching: SheafClientOptions['batching']): BatchingPolicy {
  return batching === 'immediate' ? batching : { ...DEFAULT_BATCHING, ...batching }
}

/** Address of a document's socket. @throws {SheafError} `invalid-option` */
function socketUrl(url: string, documentId: string): string {
  try {
    const socket = new URL(url)
    if (socket.protocol !== 'http:' && socket.protocol !== 'https:') throw new TypeError('not an http address')
    socket.protocol = socket.protocol === 'http:' ? 'ws:' : 'wss:'
    socket.pathname = `${socket.pathname.replace(/\/$/, '')}/v1/documents/${encodeURIComponent(documentId)}/socket`
    return socket.href
  } catch (cause) {
    throw new SheafError('invalid-option', { message: `The option url is not an http address: ${url}`, cause })
  }
}

interface Device {
  readonly store: DeviceStore
  /** Whether it outlives the page, so that content is worth keeping in it. */
  readonly lasting: boolean
}

function deviceOf({ deviceStore, url }: SheafClientOptions, runtime: Runtime): Device {
  if (deviceStore !== undefined) return { store: deviceStore, lasting: true }
  // Tabs that cannot exclude one another would send each other's journals.
  if (!hasIndexedDb() || runtime.locks === null) return { store: memoryDeviceStore(), lasting: false }
  return { store: indexedDbDeviceStore(`sheaf:${url}`), lasting: true }
}

/**
 * A connection to one Sheaf server for one user. Works in browsers and in Node alike.
 * @throws {SheafError} `invalid-option` or `duplicate-yjs`; `open` throws `no-websocket` where there is none
 */
export function createSheafClient(options: SheafClientOptions): SheafClient {
  assertOneYjs()
  const runtime = options.runtime ?? systemRuntime()
  const webSocket = options.webSocket ?? runtime.webSocket
  const device = deviceOf(options, runtime)
  const claims: ReplicaClaims = {
    store: device.store,
    locks: runtime.locks,
    random: runtime.random,
    scope: options.url,
    told: new Set(),
    stranded: new Map(),
  }
  const documents = new Map<string, SheafDocument>()
  /** Documents that were closed and still write to the device. */
  const ending = new Set<Promise<void>>()
  socketUrl(options.url, 'any')

  const create = (id: string, more: Pick<DocumentOptions, 'onEnding' | 'onLive' | 'claim' | 'ready'>): SheafDocument =>
    new SheafDocument({
      id,
      runtime,
      claims,
      lasting: device.lasting,
      batching: batchingOf(options.batching),
      schemaId: options.schemaId ?? DEFAULT_SCHEMA_ID,
      session: { url: socketUrl(options.url, id), token: options.token, webSocket },
      ...more,
    })

  const orphans = new Orphans({
    claims,
    clock: runtime.clock,
    open: (documentId, claim) => {
      documents.get(documentId)?.found(claim)
      return create(documentId, { claim })
    },
    mayDrain: (documentId) => {
      const document = documents.get(documentId)
      return document === undefined || document.getSnapshot().connection === 'connected'
    },
  })

  const unsubscribe = runtime.page.subscribe((signal) => {
    for (const document of documents.values()) document.hint(signal)
    // A tab that was closed in the meantime may have left something, in a document that nobody opens again for weeks.
    if ((signal === 'visible' || signal === 'online') && runtime.page.isOnline()) void orphans.drainAll()
  })

  const close = async (): Promise<void> => {
    unsubscribe()
    for (const document of documents.values()) void document.end()
    await Promise.all([orphans.end(), ...ending])
    // A store that the application brought may serve other clients.
    if (options.deviceStore === undefined) await device.store.close()
  }

  const forgetDevice = async ({
    discardUnsaved = false,
    timeoutMs = FORGET_TIMEOUT_MS,
  }: ForgetDeviceOptions = {}): Promise<void> => {
    const open = [...documents.values()]
    if (!discardUnsaved)
      // What a document that is closing could not send is known when it is closed.
      await Promise.allSettled([
        ...open.map((document) => within(runtime.clock, timeoutMs, document.whenDurable())),
        ...ending,
      ])
    const user = await device.store.lastPrincipal()
    const journals = await device.store.listAll()
    // From here to the end of the documents nobody can type.
    const isUnsaved =
      open.some(holdsOwnEdits) ||
      [...claims.stranded.values()].some((left) => left.length > 0) ||
      journals.some(({ principalId, leftovers }) => leftovers > 0 && (principalId === null || principalId === user))
    if (isUnsaved && !discardUnsaved) throw new SheafError('unsaved-edits')
    for (const document of open)
      void (holdsOwnEdits(document) ? document.discardUnsaved() : document.end({ timeoutMs: 0 }))
    await Promise.all([orphans.end(), ...ending])
    claims.stranded.clear()
    await device.store.forgetUser(user)
    await close()
  }

  return {
    open: (documentId) => {
      const known = documents.get(documentId)
      if (known?.hold() === true) return known
      const document = create(documentId, {
        ready: orphans.release(documentId),
        onLive: () => void orphans.drain(documentId).then(() => orphans.drainAll()),
        onEnding: (done) => {
          if (documents.get(documentId) === document) documents.delete(documentId)
          ending.add(done)
          void done.finally(() => ending.delete(done))
        },
      })
      document.hold()
      documents.set(documentId, document)
      return document
    },
    versions: (documentId) =>
      createDocumentVersions({
        url: options.url,
        documentId,
        token: options.token,
        ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      }),
    refreshToken: () => {
      for (const document of documents.values()) document.hint('renew')
    },
    forgetDevice,
    close,
  }
}
