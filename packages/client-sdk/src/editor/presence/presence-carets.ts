import type { Node } from 'prosemirror-model'
import { Plugin, PluginKey } from 'prosemirror-state'
import type { EditorState } from 'prosemirror-state'
import { Decoration, DecorationSet } from 'prosemirror-view'
import type { EditorView } from 'prosemirror-view'
import { relativePositionToAbsolutePosition, ySyncPluginKey } from 'y-prosemirror'
import type { ProsemirrorBinding } from 'y-prosemirror'
import { compareRelativePositions, createRelativePositionFromJSON, getItem } from 'yjs'
import type { RelativePosition } from 'yjs'
import type { Awareness } from 'y-protocols/awareness'
import { oncePerFrame } from '../loading/frame.ts'
import { movedBy } from '../sharing/moved-selection.ts'
import { relativeSelection } from '../sharing/relative-selection.ts'
import { syncStateOf } from '../sharing/sync.ts'
import { ENGLISH } from '../words.ts'

/** More carets than this are not drawn: each one costs at every change, and nobody follows thirty people. */
export const MAX_DRAWN_CARETS = 30
/** More sessions than this are not looked at for a caret: most of what ten thousand of them send can be nonsense. */
const MAX_READ_STATES = 300
const MAX_NAME_LENGTH = 40
const DEFAULT_COLOR = '#64748b'

interface Caret {
  readonly key: string
  readonly name: string
  readonly color: string
  readonly anchor: number
  readonly head: number
}

const caretsKey = new PluginKey<CaretState>('sheaf-carets')

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Only six hexadecimal digits ever reach a style: a colour comes from somebody else's device. */
const safeColor = (color: unknown): string =>
  typeof color === 'string' && /^#[0-9a-f]{6}$/i.test(color) ? color : DEFAULT_COLOR

const safeName = (name: unknown, nameless: string): string => {
  const trimmed = typeof name === 'string' ? name.trim() : ''
  return trimmed === '' ? nameless : trimmed.slice(0, MAX_NAME_LENGTH)
}

/** A position that came over the wire, in whatever shape. Null for what is none. */
function relativePosition(value: unknown): RelativePosition | null {
  if (!isRecord(value)) return null
  try {
    return createRelativePositionFromJSON(value)
  } catch {
    // Nothing that others send may stop this view: a position that cannot be read is not drawn.
    return null
  }
}

function absolutePosition(value: unknown, binding: ProsemirrorBinding, max: number): number | null {
  const position = relativePosition(value)
  if (position === null) return null
  try {
    const absolute = relativePositionToAbsolutePosition(binding.doc, binding.type, position, binding.mapping)
    return absolute === null || !Number.isFinite(absolute) ? null : Math.min(Math.max(absolute, 0), max)
  } catch {
    // Yjs throws for a position in something that this document does not have (yet).
    return null
  }
}

interface Drawing {
  readonly doc: Node
  /** What a caret without a name is called. */
  readonly nameless: string
  /** The carets that are drawn until now. */
  readonly previous: readonly Caret[]
}

function readCaret(
  clientId: number,
  state: unknown,
  binding: ProsemirrorBinding,
  { doc: { content }, nameless, previous }: Drawing,
): Caret | null {
  if (!isRecord(state) || !isRecord(state['cursor'])) return null
  const user = isRecord(state['user']) ? state['user'] : {}
  const place = relativePosition(state['cursor']['head'])
  const name = safeName(user['name'], nameless)
  const color = safeColor(user['color'])
  // The place is part of the key: the name is shown anew whenever its owner moves, and stays as it is when others type.
  const key = `${clientId} ${color} ${name} ${JSON.stringify(place)}`
  // Where the words of a caret were moved, its owner tells the new place in a moment.
  const known = previous.find((caret) => caret.key === key)
  if (known !== undefined && place?.item && getItem(binding.doc.store, place.item).deleted) return known
  const head = absolutePosition(state['cursor']['head'], binding, content.size)
  const anchor = absolutePosition(state['cursor']['anchor'], binding, content.size)
  return head === null || anchor === null ? null : { key, name, color, anchor, head }
}

function readCarets(awareness: Awareness, binding: ProsemirrorBinding, drawing: Drawing): Caret[] {
  const others = [...awareness.getStates()].filter(
    ([clientId, state]) => clientId !== awareness.clientID && isRecord(state) && isRecord(state['cursor']),
  )
  const lastSeen = (clientId: number): number => awareness.meta.get(clientId)?.lastUpdated ?? 0
  if (others.length > MAX_DRAWN_CARETS) others.sort(([a], [b]) => lastSeen(b) - lastSeen(a))
  const carets: Caret[] = []
  for (const [clientId, state] of others.slice(0, MAX_READ_STATES)) {
    const caret = readCaret(clientId, state, binding, drawing)
    if (caret !== null && carets.push(caret) === MAX_DRAWN_CARETS) break
  }
  return carets
}

function drawCaret({ name, color }: Caret): HTMLElement {
  const caret = globalThis.document.createElement('span')
  caret.className = 'sheaf-caret'
  caret.style.setProperty('--sheaf-caret-color', color)
  const label = globalThis.document.createElement('span')
  label.className = 'sheaf-caret-name'
  label.append(name)
  // Word joiners keep the caret from making a place where the line may break.
  caret.append('\u2060', label, '\u2060')
  return caret
}

function decorationsOf(caret: Caret): Decoration[] {
  const widget = Decoration.widget(caret.head, () => drawCaret(caret), {
    key: caret.key,
    side: 10,
    ignoreSelection: true,
  })
  if (caret.anchor === caret.head) return [widget]
  const [from, to] = [Math.min(caret.anchor, caret.head), Math.max(caret.anchor, caret.head)]
  const style = `--sheaf-caret-color: ${caret.color}`
  return [widget, Decoration.inline(from, to, { class: 'sheaf-remote-selection', style }, { inclusiveEnd: true })]
}

interface CaretState {
  readonly carets: readonly Caret[]
  readonly decorations: DecorationSet
}

const drawn = (carets: readonly Caret[], doc: Node): CaretState => ({
  carets,
  decorations: DecorationSet.create(doc, carets.flatMap(decorationsOf)),
})

function drawCarets(state: EditorState, awareness: Awareness, drawing: Omit<Drawing, 'doc'>): CaretState {
  const { doc } = state
  const binding = syncStateOf(state)?.binding
  return drawn(binding === undefined ? [] : readCarets(awareness, binding, { ...drawing, doc }), doc)
}

function movedTo(carets: readonly Caret[], doc: Node, move: (position: number) => number): CaretState {
  return drawn(
    carets.map((caret) => ({ ...caret, anchor: move(caret.anchor), head: move(caret.head) })),
    doc,
  )
}

/** Tells the others where one's own selection is; nothing while the view has no focus. */
class OwnCaret {
  readonly #view: EditorView
  readonly #awareness: Awareness
  #shown: { anchor: RelativePosition; head: RelativePosition } | null = null

  constructor(view: EditorView, awareness: Awareness) {
    this.#view = view
    this.#awareness = awareness
  }

  publish(): void {
    const binding = syncStateOf(this.#view.state)?.binding
    if (binding === undefined || !this.#view.hasFocus()) {
      this.hide()
      return
    }
    const { anchor, head } = relativeSelection(binding, this.#view.state)
    const cursor = { anchor, head }
    const same = (key: 'anchor' | 'head') =>
      this.#shown !== null && compareRelativePositions(this.#shown[key], cursor[key])
    if (same('anchor') && same('head')) return
    this.#shown = cursor
    this.#awareness.setLocalStateField('cursor', cursor)
  }

  hide(): void {
    if (this.#shown === null) return
    this.#shown = null
    this.#awareness.setLocalStateField('cursor', null)
  }
}

/** The carets that are drawn now: whose they are, and where. */
export const drawnCarets = (state: EditorState): readonly { readonly name: string; readonly head: number }[] =>
  caretsKey.getState(state)?.carets ?? []

/**
 * Draws the carets and selections of the others, at most once a frame, and publishes one's own.
 * @param words.somebody what a caret without a name is called. Default: in English
 */
export function presenceCaretsPlugin(
  awareness: Awareness,
  { somebody }: { readonly somebody: string } = ENGLISH,
): Plugin {
  return new Plugin<CaretState>({
    key: caretsKey,
    state: {
      init: (_config, state) => drawCarets(state, awareness, { nameless: somebody, previous: [] }),
      apply: (tr, value, before, state) => {
        if (tr.getMeta(caretsKey) === 'redraw')
          return drawCarets(state, awareness, { nameless: somebody, previous: value.carets })
        if (!tr.docChanged || value.carets.length === 0) return value
        // A change of somebody else replaces the whole document in one step, so its own mapping loses every position.
        // The place that really differs is found by comparing; the next frame sets the carets exactly.
        const fromOthers = tr.getMeta(ySyncPluginKey) !== undefined
        const move = fromOthers ? movedBy(before.doc, tr.doc) : (position: number) => tr.mapping.map(position)
        return movedTo(value.carets, tr.doc, move)
      },
    },
    props: { decorations: (state) => caretsKey.getState(state)?.decorations },
    view: (view) => {
      const own = new OwnCaret(view, awareness)
      const publication = oncePerFrame(() => own.publish())
      const drawing = oncePerFrame(() => view.dispatch(view.state.tr.setMeta(caretsKey, 'redraw')))
      const onFocusChange = () => own.publish()
      const onAwarenessChange = (change: { added: number[]; updated: number[]; removed: number[] }) => {
        const ids = [...change.added, ...change.updated, ...change.removed]
        if (ids.some((id) => id !== awareness.clientID)) drawing.request()
      }
      awareness.on('change', onAwarenessChange)
      view.dom.addEventListener('focusin', onFocusChange)
      view.dom.addEventListener('focusout', onFocusChange)
      return {
        update: (current, previous) => {
          const docChanged = current.state.doc !== previous.doc
          if (docChanged || !current.state.selection.eq(previous.selection)) publication.request()
          if (docChanged && awareness.getStates().size > 1) drawing.request()
        },
        destroy: () => {
          awareness.off('change', onAwarenessChange)
          view.dom.removeEventListener('focusin', onFocusChange)
          view.dom.removeEventListener('focusout', onFocusChange)
          publication.cancel()
          drawing.cancel()
          own.hide()
        },
      }
    },
  })
}
