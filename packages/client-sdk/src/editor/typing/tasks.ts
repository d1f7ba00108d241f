import type { Node } from 'prosemirror-model'
import { Plugin } from 'prosemirror-state'
import type { EditorView, NodeView } from 'prosemirror-view'
import type { EditorWords } from '../words.ts'

/** Ticks or unticks the item at a position, wherever the cursor is. */
function setChecked(view: EditorView, position: number | undefined, checked: boolean): void {
  const node = position === undefined ? null : view.state.doc.nodeAt(position)
  if (position === undefined || node?.type.name !== 'task_item') return
  view.dispatch(view.state.tr.setNodeAttribute(position, 'checked', checked))
}

/** An item of a task list with its box. Whoever may not write sees the box and cannot tick it. */
class TaskItemView implements NodeView {
  readonly dom = globalThis.document.createElement('li')
  readonly contentDOM = globalThis.document.createElement('div')
  readonly #box = globalThis.document.createElement('input')
  readonly #nameless: string
  #node: Node

  constructor(node: Node, view: EditorView, position: () => number | undefined, nameless: string) {
    this.#node = node
    this.#nameless = nameless
    this.dom.className = 'sheaf-task-item'
    this.#box.type = 'checkbox'
    this.#box.contentEditable = 'false'
    this.#box.addEventListener('change', () => {
      const { checked } = this.#box
      // What the document says is shown, not what was clicked: the click may have been in vain.
      this.#box.checked = this.#node.attrs['checked'] === true
      if (view.editable) setChecked(view, position(), checked)
    })
    // A press on the box would otherwise move the cursor out of sight on a phone.
    this.#box.addEventListener('mousedown', (event) => event.preventDefault())
    this.dom.append(this.#box, this.contentDOM)
    this.#show(node)
  }

  update(node: Node): boolean {
    if (node.type !== this.#node.type) return false
    this.#show(node)
    return true
  }

  stopEvent(event: Event): boolean {
    return event.target === this.#box
  }

  ignoreMutation(mutation: { readonly target: globalThis.Node; readonly type: string }): boolean {
    return mutation.type !== 'selection' && !this.contentDOM.contains(mutation.target)
  }

  #show(node: Node): void {
    this.#node = node
    const checked = node.attrs['checked'] === true
    this.dom.dataset['checked'] = String(checked)
    this.#box.checked = checked
    const words = node.firstChild?.textContent.slice(0, 80) ?? ''
    this.#box.setAttribute('aria-label', words === '' ? this.#nameless : words)
  }
}

/** Task lists with boxes that can be ticked. */
export const tasksPlugin = (words: EditorWords): Plugin =>
  new Plugin({
    props: {
      nodeViews: { task_item: (node, view, position) => new TaskItemView(node, view, position, words.task) },
    },
  })
