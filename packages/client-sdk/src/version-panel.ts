import { describeError } from './error-words.ts'
import { SheafError } from './errors.ts'
import type { DocumentSnapshot } from './status.ts'
import type { VersionHistory } from './version-history.ts'
import type { Version } from './versions.ts'
import { filled, pageWords } from './words.ts'
import type { Language } from './words.ts'

/** The content of the version that is looked at. */
export type VersionPreview =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly content: unknown }
  | { readonly status: 'failed'; readonly error: SheafError }

/** What came of something that was done with a version, and the same in English. `describeVersionMessage` says it in other languages. */
export type VersionPanelMessage =
  /** `name`: what the version is called; empty where that is no matter. */
  | { readonly kind: 'done'; readonly did: 'name' | 'rename' | 'restore'; readonly name: string; readonly text: string }
  | { readonly kind: 'failed'; readonly error: SheafError; readonly text: string }

/** What a panel of versions shows besides the list. Immutable; the same object until something changes. */
export interface VersionPanelSnapshot {
  /** The version that is looked at, and its content; null while the list is. */
  readonly selected: Version | null
  readonly preview: VersionPreview | null
  /** The version of which it is asked whether to restore it. */
  readonly confirming: Version | null
  /** What is being done; nothing else can be begun meanwhile. */
  readonly busy: 'name' | 'rename' | 'restore' | 'load-more' | null
  /** What came of the last thing that was done. */
  readonly message: VersionPanelMessage | null
}

/** Looking at, naming and restoring versions, as any interface offers it. Nothing of it rejects: what failed is said. */
export interface VersionPanel {
  getSnapshot(): VersionPanelSnapshot
  subscribe(listener: () => void): () => void
  /** Looks at a version, or at the list again. */
  select(version: Version | null): void
  askToRestore(version: Version): void
  cancelRestore(): void
  /** Restores the version that was asked about. */
  restore(): Promise<void>
  /** Names what the document is now. True when it is done. */
  name(name: string): Promise<boolean>
  rename(version: Version, name: string): Promise<boolean>
  loadMore(): Promise<void>
}

/** The document whose last words belong into a version. */
export interface VersionPanelDocument {
  getSnapshot(): DocumentSnapshot
  subscribe(listener: () => void): () => void
  whenDurable(): Promise<void>
}

type Unsaid<Message> = Message extends unknown ? Omit<Message, 'text'> : never

/** What came of something that was done with a version. */
export const describeVersionMessage = (message: Unsaid<VersionPanelMessage>, language: Language = {}): string =>
  message.kind === 'failed'
    ? describeError(message.error, language)
    : filled(pageWords(language)[`done-${message.did}`], { name: message.name })

const told = (message: Unsaid<VersionPanelMessage>): Pick<VersionPanelSnapshot, 'message'> => ({
  message: { ...message, text: describeVersionMessage(message) },
})

const asError = (cause: unknown): SheafError =>
  cause instanceof SheafError ? cause : new SheafError('unavailable', { cause })

/**
 * Versions are made on the server, from what it has: what was typed a moment ago has to be there first. Without a connection
 * that would be waited for without an end.
 */
function lastWordsSaved(document: VersionPanelDocument): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (document.getSnapshot().connection === 'connected') return
      unsubscribe()
      reject(new SheafError('unavailable'))
    }
    const unsubscribe = document.subscribe(look)
    void document.whenDurable().then(resolve, reject).finally(unsubscribe)
    if (document.getSnapshot().unsavedChanges > 0) look()
  })
}

/**
 * A panel about versions: what is shown, what is being asked, and what each button does.
 * @param document the open document, so that one's last words are in the version that is named; null where it is not open
 */
export function createVersionPanel(history: VersionHistory, document: VersionPanelDocument | null): VersionPanel {
  const listeners = new Set<() => void>()
  let snapshot: VersionPanelSnapshot = { selected: null, preview: null, confirming: null, busy: null, message: null }

  function show(change: Partial<VersionPanelSnapshot>): void {
    snapshot = { ...snapshot, ...change }
    for (const listener of listeners) listener()
  }

  async function read(version: Version): Promise<void> {
    let preview: VersionPreview
    try {
      preview = { status: 'ready', content: await history.getContent(version.id) }
    } catch (cause) {
      preview = { status: 'failed', error: asError(cause) }
    }
    if (snapshot.selected?.id === version.id) show({ preview })
  }

  /** Does one thing at a time. What of the panel changes when it is done is told together with its end. */
  async function run(
    busy: NonNullable<VersionPanelSnapshot['busy']>,
    work: () => Promise<Partial<VersionPanelSnapshot>>,
  ): Promise<boolean> {
    if (snapshot.busy !== null) return false
    show({ busy, message: null })
    try {
      show({ ...(await work()), busy: null })
      return true
    } catch (cause) {
      show({ busy: null, ...told({ kind: 'failed', error: asError(cause) }) })
      return false
    }
  }

  const saved = async (): Promise<void> => {
    if (document !== null) await lastWordsSaved(document)
  }

  return {
    getSnapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    select: (selected) => {
      show({ selected, preview: selected === null ? null : { status: 'loading' }, message: null })
      if (selected !== null) void read(selected)
    },
    askToRestore: (confirming) => show({ confirming, message: null }),
    cancelRestore: () => show({ confirming: null }),
    restore: async () => {
      const version = snapshot.confirming
      if (version === null) return
      show({ confirming: null })
      await run('restore', async () => {
        await saved()
        await history.restore(version.id)
        return { selected: null, preview: null, ...told({ kind: 'done', did: 'restore', name: '' }) }
      })
    },
    name: (name) =>
      run('name', async () => {
        await saved()
        await history.create(name)
        return told({ kind: 'done', did: 'name', name })
      }),
    rename: (version, name) =>
      run('rename', async () => {
        await history.rename(version.id, name)
        const selected = snapshot.selected?.id === version.id ? { selected: { ...snapshot.selected, name } } : {}
        return { ...selected, ...told({ kind: 'done', did: 'rename', name }) }
      }),
    loadMore: async () => {
      await run('load-more', async () => {
        await history.loadMore()
        return {}
      })
    },
  }
}
