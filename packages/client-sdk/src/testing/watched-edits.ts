import type * as Y from 'yjs'
import type { SheafDocument } from '../document.ts'
import { DEVICE_ORIGIN, REMOTE_ORIGIN } from '../inbox.ts'
import { changeOf } from './change.ts'
import type { Change } from './change.ts'

/** One change that somebody made, and what was promised about it. */
export interface WatchedEdit extends Change {
  readonly documentId: string
  readonly writer: string
  /** 1 for the writer's first in this document. */
  readonly number: number
  /** When it was made. Milliseconds of the checker's clock. */
  readonly at: number
  /** Whether the writer was told that it is saved. */
  isAcknowledged: boolean
}

/** Something that was shown to somebody, with the words in which it may be held against Sheaf. */
export interface Showing extends Change {
  readonly documentId: string
  readonly how: string
}

export interface EditListener {
  now(): number
  edited(edit: WatchedEdit): void
  acknowledged(edits: readonly WatchedEdit[]): void
  shown(showing: Showing): void
}

/**
 * Follows one open document: which edits are made in it, which of them it says are saved, and what it shows of others.
 * Returns the end of it.
 */
export function watchEdits(
  document: SheafDocument,
  writer: string,
  firstNumber: number,
  listener: EditListener,
): () => void {
  const documentId = document.id
  const made: WatchedEdit[] = []
  /** Came off this device: known content, or edits of an earlier visit. Promised once everything is saved. */
  let fromDevice: Change[] = []
  let acknowledged = 0

  const look = (): void => {
    const { unsavedChanges, saveState } = document.getSnapshot()
    // Edits are committed in their order, those of an earlier visit before the first one of this visit.
    const count = Math.max(acknowledged, made.length - unsavedChanges)
    const news = made.slice(acknowledged, count)
    acknowledged = count
    for (const edit of news) edit.isAcknowledged = true
    if (news.length > 0) listener.acknowledged(news)
    if (saveState !== 'saved' || fromDevice.length === 0) return
    for (const change of fromDevice)
      listener.shown({ ...change, documentId, how: `${writer} was shown it as saved after it came off the device` })
    fromDevice = []
  }

  const onUpdate = (update: Uint8Array, origin: unknown, _doc: Y.Doc, { local }: Y.Transaction): void => {
    const change = changeOf(update)
    if (local) {
      const number = firstNumber + made.length
      const edit = { ...change, documentId, writer, number, at: listener.now(), isAcknowledged: false }
      made.push(edit)
      return listener.edited(edit)
    }
    if (origin === DEVICE_ORIGIN) fromDevice.push(change)
    if (origin === REMOTE_ORIGIN) listener.shown({ ...change, documentId, how: `${writer} saw it` })
  }

  document.ydoc.on('updateV2', onUpdate)
  const unsubscribe = document.subscribe(look)
  return () => {
    document.ydoc.off('updateV2', onUpdate)
    unsubscribe()
  }
}
