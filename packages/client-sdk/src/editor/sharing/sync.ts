import { Plugin } from 'prosemirror-state'
import type { EditorState } from 'prosemirror-state'
import { ySyncPlugin, ySyncPluginKey } from 'y-prosemirror'
import type { ProsemirrorBinding } from 'y-prosemirror'
import type { Node } from 'prosemirror-model'
import { Item } from 'yjs'
import type { Doc, Transaction as YTransaction, XmlElement, XmlFragment, YEvent } from 'yjs'
import { readContent } from '../content/content.ts'
import type { ContentMapping, ContentReading } from '../content/content.ts'
import { partsNow } from '../loading/load-parts.ts'
import { movedBlockSelection, movedBy } from './moved-selection.ts'
import { relativeSelection, select } from './relative-selection.ts'
import { rescueOf } from './rescued-words.ts'
import type { RelativeSelection } from './relative-selection.ts'

/** What binds ProseMirror to the shared content. */
export interface SyncOptions {
  readonly mapping: ContentMapping
  /** Asked before every write into the shared document. */
  readonly mayWrite: () => boolean
  /** Whether one has written under this client id of Yjs before. What is written from here on is known. */
  readonly isOwn: (clientId: number) => boolean
  /** Somebody wrote what this editor cannot show without deleting it. Nothing has been changed; the binding is cut. */
  readonly onForeign: () => void
}

interface SyncState {
  readonly binding: ProsemirrorBinding
}

/** The state of the binding to the shared document, or null in a state that is not bound. */
export const syncStateOf = (state: EditorState): SyncState | null =>
  (ySyncPluginKey.getState(state) as SyncState | undefined) ?? null

const isNode = (value: unknown): value is Node => value !== undefined && !Array.isArray(value)

/** Reads the content as it is after a transaction; what the transaction did not touch is taken from the binding. */
function readChange(fragment: XmlFragment, transaction: YTransaction, binding: ProsemirrorBinding, state: EditorState) {
  const touched: ReadonlyMap<unknown, unknown> = transaction.changedParentTypes
  return readContent(fragment, state.schema, (type) => {
    const mapped = touched.has(type) ? undefined : binding.mapping.get(type)
    return isNode(mapped) ? mapped : undefined
  })
}

const clientsOf = new WeakMap<Doc, Set<number>>()

/** The client ids of Yjs that this device has written under in this visit. Yjs takes another one when two are the same. */
function ownClients({ doc }: XmlFragment): Set<number> {
  const clients = (doc === null ? undefined : clientsOf.get(doc)) ?? new Set<number>()
  if (doc !== null) clientsOf.set(doc, clients.add(doc.clientID))
  return clients
}

const canBeShown = (reading: ContentReading, mayWrite: boolean): boolean =>
  // An empty shell is deleted by the binding; somebody who may not write has to wait until somebody else did.
  reading.foreign.length === 0 && (reading.leftOut === 0 || mayWrite)

/**
 * Binds a view to the shared content with y-prosemirror, and stands guard around it:
 * what the schema does not know cuts the binding instead of being deleted, and who may not write never does,
 * not even by a command of the application or by the repairs that the binding makes on its own.
 */
export function syncPlugin(fragment: XmlFragment, { mapping, mayWrite, isOwn, onForeign }: SyncOptions): Plugin {
  const upstream = ySyncPlugin(fragment, { mapping }) as Plugin
  return new Plugin({
    ...upstream.spec,
    filterTransaction: (tr) => !tr.docChanged || tr.getMeta(ySyncPluginKey) !== undefined || mayWrite(),
    appendTransaction: (transactions, before, state) => {
      // Upstream puts back selections of text only, and throws for a node that somebody else has deleted.
      if (before.doc === state.doc || !transactions.some((tr) => tr.getMeta(ySyncPluginKey) !== undefined)) return null
      const selection = movedBlockSelection(before.selection, state.doc, movedBy(before.doc, state.doc))
      const moved = selection !== null && !selection.eq(state.selection)
      // What somebody has chosen for the next letters, such as bold, is not forgotten because another one wrote meanwhile.
      const chosen = state.storedMarks === null ? before.storedMarks : null
      if (!moved && chosen === null) return null
      const tr = moved ? state.tr.setSelection(selection) : state.tr
      return chosen === null ? tr : tr.setStoredMarks(chosen)
    },
    view: (view) => {
      const binding = syncStateOf(view.state)?.binding
      const own = ownClients(fragment)
      const guard = (events: YEvent<XmlElement>[], transaction: YTransaction) => {
        if (binding === undefined || transaction.origin === ySyncPluginKey) return
        if (canBeShown(readChange(fragment, transaction, binding, view.state), mayWrite())) {
          rescue(events, transaction, binding)
          keepSelection(events, transaction, binding)
          return
        }
        binding.destroy()
        onForeign()
      }
      const keepSelection = (events: YEvent<XmlElement>[], transaction: YTransaction, own: ProsemirrorBinding) => {
        const selection: RelativeSelection | null = own.beforeTransactionSelection
        // Nobody has a caret in the text before the parts are there, nearly; what they do then themselves moves it anyway.
        const kept =
          selection && partsNow()?.withMovedWords(selection, { events, transaction, schema: view.state.schema })
        if (kept) setSelectionToRestore(own, kept)
      }
      const rescue = (events: YEvent<XmlElement>[], transaction: YTransaction, { doc }: ProsemirrorBinding): void => {
        if (!mayWrite()) return
        own.add(doc.clientID)
        const head: unknown = binding?.beforeTransactionSelection
        const found = rescueOf(events, transaction, {
          doc,
          fragment,
          schema: view.state.schema,
          isOwn: (clientId) => own.has(clientId) || isOwn(clientId),
          cursor: (head as RelativeSelection | null)?.head.item ?? null,
          origin: ySyncPluginKey,
        })
        if (found === null) return
        // Not among the observers: the view has to show this change before the next one.
        doc.once('afterTransaction', () => {
          const caret = found.run()
          if (caret === null || binding === undefined) return
          // What was written now is drawn when everything that is under way has been observed.
          doc.once('afterAllTransactions', () => select(view, binding, { anchor: caret, head: caret }))
        })
      }
      const rememberSelection = (): void => {
        if (binding?.prosemirrorView && binding.beforeTransactionSelection === null)
          setSelectionToRestore(binding, relativeSelection(binding, view.state))
      }
      // Before upstream's own observers, which are added by its view: observers are called in the order they were added.
      fragment.observeDeep(guard)
      binding?.doc.on('beforeAllTransactions', rememberSelection)
      const upstreamView = upstream.spec.view?.(view)
      return {
        update: (current, previous) => {
          // Upstream compares the whole document at every update of the view, also when only the selection moved.
          if (current.state.doc !== previous.doc && mayWrite()) upstreamView?.update?.(current, previous)
        },
        destroy: () => {
          fragment.unobserveDeep(guard)
          binding?.doc.off('beforeAllTransactions', rememberSelection)
          upstreamView?.destroy?.()
        },
      }
    },
  })
}

/** The selection that the binding puts into the view after the change that is being made now. */
function setSelectionToRestore(binding: ProsemirrorBinding, selection: RelativeSelection): void {
  // Declared as null upstream, though it is what upstream itself puts there.
  ;(binding as { beforeTransactionSelection: RelativeSelection | null }).beforeTransactionSelection = selection
}

/**
 * True when undo may delete this: not an element or a text of one's own that holds what others have written since. What one wrote
 * oneself goes before what it stands in, so the rest of an element is somebody else's. (y-prosemirror spares paragraphs only, and
 * so takes the words of others away with the list or the table around them.)
 */
export function mayBeUndone(item: unknown): boolean {
  if (!(item instanceof Item)) return true
  const type = (item.content as { type?: unknown }).type
  return type === undefined || (type as { _length: number })._length === 0
}
