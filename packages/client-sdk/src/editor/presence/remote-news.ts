import type { Node } from 'prosemirror-model'
import { Plugin } from 'prosemirror-state'
import type { Transaction } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { ySyncPluginKey } from 'y-prosemirror'
import type { Awareness } from 'y-protocols/awareness'
import { withParts } from '../loading/load-parts.ts'
import type { NewsTeller } from './news-teller.ts'
import type { EditorWords } from '../words.ts'

const isRemote = (tr: Transaction): boolean => {
  const meta = tr.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean; isUndoRedoOperation?: boolean } | undefined
  return tr.docChanged && meta?.isChangeOrigin === true && meta.isUndoRedoOperation !== true
}

/** Which of the outermost blocks is the first that differs, from 0; null where none does. */
function changedBlock(before: Node, now: Node): number | null {
  const start = before.content.findDiffStart(now.content)
  return start === null ? null : now.resolve(Math.min(start, now.content.size)).index(0)
}

/** The last change of somebody else: another object for each. */
interface Change {
  readonly block: number | null
}

export interface RemoteNewsPlugin {
  readonly plugin: Plugin
  /** Begins or stops to tell. What happened while it was off is not told later. */
  readonly set: (on: boolean) => void
}

/** Tells, to whoever asked for it, who comes and goes and where others write. Costs nothing while it is off. */
export function remoteNewsPlugin(
  awareness: Awareness,
  words: EditorWords,
  say: (line: string) => void,
): RemoteNewsPlugin {
  let view: EditorView | null = null
  let teller: NewsTeller | null = null
  let wanted = false
  const set = (on: boolean): void => {
    wanted = on
    if (!on) teller?.destroy()
    if (!on) teller = null
    else
      withParts((parts) => {
        if (wanted && view !== null) teller ??= new parts.NewsTeller(view, awareness, words, say)
      })
  }
  const plugin = new Plugin<Change>({
    state: {
      init: () => ({ block: null }),
      apply: (tr, last, before) =>
        teller !== null && isRemote(tr) ? { block: changedBlock(before.doc, tr.doc) } : last,
    },
    view: (made) => {
      view = made
      set(wanted)
      return {
        update: ({ state }, previous) => {
          const change = plugin.getState(state)
          if (change !== plugin.getState(previous) && typeof change?.block === 'number') teller?.changed(change.block)
        },
        destroy: () => {
          teller?.destroy()
          teller = null
          view = null
        },
      }
    },
  })
  return { plugin, set }
}
