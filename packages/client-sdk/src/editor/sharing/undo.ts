import { Plugin } from 'prosemirror-state'
import type { Command, EditorState, PluginKey } from 'prosemirror-state'
import { ySyncPluginKey, yUndoPluginKey } from 'y-prosemirror'
import type { UndoManager } from 'yjs'
import { relativeSelection, select } from './relative-selection.ts'
import type { RelativeSelection } from './relative-selection.ts'
import { mayBeUndone, syncStateOf } from './sync.ts'

type StackItemEvent = { stackItem: { meta: Map<unknown, unknown> } }

/** Under upstream's key, since its sync plugin asks it for the undo manager. */
interface UndoState {
  readonly undoManager: UndoManager
  /** The selection as it was before the last edit of one's own, which undo goes back to. */
  readonly prevSel: RelativeSelection | null
}

const stateKey = yUndoPluginKey as unknown as PluginKey<UndoState>

/**
 * Undo of one's own edits with the undo manager of the document. Upstream's plugin destroys the manager together with the view,
 * and the history with it; this one takes back its listeners and nothing else.
 */
export function undoPlugin(undoManager: UndoManager): Plugin {
  undoManager.addTrackedOrigin(ySyncPluginKey)
  undoManager.deleteFilter = mayBeUndone
  undoManager.captureTransaction = (transaction) => transaction.meta.get('addToHistory') !== false
  return new Plugin<UndoState>({
    key: stateKey,
    state: {
      init: () => ({ undoManager, prevSel: null }),
      apply: (tr, value, before) => {
        const sync = syncStateOf(before)
        if (sync === null || !tr.docChanged || tr.getMeta(ySyncPluginKey) !== undefined) return value
        return { ...value, prevSel: relativeSelection(sync.binding, before) }
      },
    },
    view: (view) => {
      const binding = syncStateOf(view.state)?.binding
      const remember = ({ stackItem }: StackItemEvent) => {
        const state = stateKey.getState(view.state)
        if (binding === undefined || state === undefined) return
        // What undo takes back can be made again in the place where it was.
        const taken = undoManager.currStackItem?.meta.get(binding) as RelativeSelection | undefined
        stackItem.meta.set(binding, taken ?? state.prevSel)
      }
      const restore = ({ stackItem }: StackItemEvent) => {
        if (binding === undefined) return
        const selection = stackItem.meta.get(binding) as RelativeSelection | null | undefined
        // At once: the change has been drawn. Left for the binding to restore, it would throw the caret at somebody's next change.
        if (selection && binding.prosemirrorView) select(view, binding, selection)
      }
      undoManager.on('stack-item-added', remember)
      undoManager.on('stack-item-popped', restore)
      return {
        destroy: () => {
          undoManager.off('stack-item-added', remember)
          undoManager.off('stack-item-popped', restore)
        },
      }
    },
  })
}

const undoManagerOf = (state: EditorState): UndoManager | null => stateKey.getState(state)?.undoManager ?? null

/** Takes back the last edit of one's own. */
export const undo: Command = (state, dispatch) => {
  const manager = undoManagerOf(state)
  if (manager === null || !manager.canUndo()) return false
  if (dispatch) manager.undo()
  return true
}

/** Makes the edit again that undo took back. */
export const redo: Command = (state, dispatch) => {
  const manager = undoManagerOf(state)
  if (manager === null || !manager.canRedo()) return false
  if (dispatch) manager.redo()
  return true
}
