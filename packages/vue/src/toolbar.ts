import {
  BLOCK_KINDS,
  TABLE_ITEMS,
  TOOLBAR_GROUPS,
  blockKindOf,
  shortcutLabel,
  walkToolbar,
} from '@sheaf/client-sdk/editor'
import type { Editor, EditorSnapshot, EditorWords, ToolbarItem } from '@sheaf/client-sdk/editor'
import { defineComponent, h, onMounted, onScopeDispose, ref, shallowRef } from 'vue'
import type { PropType, VNode } from 'vue'
import { useLanguage } from './language.ts'
import { LinkControl } from './link-control.ts'
import { toolbarIcon } from './toolbar-icon.ts'
import { useEditorSnapshot } from './use-editor.ts'
import { withoutProxy } from './without-proxy.ts'

const onMac = (): boolean => /Mac|iP(?:hone|ad)/.test(globalThis.navigator?.userAgent ?? '')

interface Drawing {
  readonly editor: Editor | null
  readonly snapshot: EditorSnapshot | null
  readonly words: EditorWords
  readonly mac: boolean
}

function button(item: ToolbarItem, { editor, snapshot, words, mac }: Drawing): VNode {
  const pressed = snapshot === null ? false : item.pressed(snapshot)
  const label = words[item.word]
  return h(
    'button',
    {
      key: item.id,
      type: 'button',
      class: 'sheaf-toolbar-button',
      'aria-label': label,
      title: item.shortcut === null ? label : `${label} (${shortcutLabel(item.shortcut, mac)})`,
      'aria-pressed': pressed ?? undefined,
      disabled: editor === null || snapshot === null || !item.enabled(snapshot, editor),
      // A press on a button must not take the focus out of the text, or the selection would be lost to the eye.
      onMousedown: (event: MouseEvent) => event.preventDefault(),
      onClick: () => {
        if (editor === null) return
        item.run(editor)
        editor.focus()
      },
    },
    [toolbarIcon(item.icon)],
  )
}

function blockMenu({ editor, snapshot, words }: Drawing): VNode {
  const current = snapshot === null ? 'paragraph' : blockKindOf(snapshot)
  return h(
    'select',
    {
      class: 'sheaf-toolbar-select',
      'aria-label': words.textStyle,
      value: current,
      disabled: snapshot === null || !snapshot.editable,
      onChange: (event: Event) => {
        const { value } = event.target as HTMLSelectElement
        const kind = BLOCK_KINDS.find(({ id }) => id === value)
        if (kind === undefined || editor === null) return
        kind.run(editor)
        editor.focus()
      },
    },
    BLOCK_KINDS.map((kind) =>
      h('option', { key: kind.id, value: kind.id, selected: kind.id === current }, words[kind.word]),
    ),
  )
}

/** An application that takes no images shows no button for them; what changes a table is shown inside of one. */
const itemsOf = (group: readonly ToolbarItem[], editor: Editor | null): readonly ToolbarItem[] =>
  editor === null || editor.takesImages ? group : group.filter(({ id }) => id !== 'image')

/** The default toolbar of an editor. Drawn disabled as long as there is no editor, so that nothing jumps. */
export const Toolbar = defineComponent({
  name: 'SheafToolbar',
  props: { editor: { type: Object as PropType<Editor | null>, default: null } },
  setup(props, { slots }) {
    const snapshot = useEditorSnapshot(() => props.editor)
    const language = useLanguage()
    // A server does not know the keyboard: what it has drawn is put right once it is on the page.
    const mac = ref(false)
    const bar = shallowRef<HTMLElement | null>(null)
    onMounted(() => {
      mac.value = onMac()
      if (bar.value !== null) onScopeDispose(walkToolbar(bar.value))
    })
    return () => {
      const editor = withoutProxy(() => props.editor)
      const words = editor?.words ?? language.value.words
      const drawing: Drawing = { editor, snapshot: snapshot.value, words, mac: mac.value }
      const groups = [...TOOLBAR_GROUPS, ...(drawing.snapshot?.table === true ? [TABLE_ITEMS] : [])]
      return h('div', { ref: bar, class: 'sheaf-toolbar', role: 'toolbar', 'aria-label': words.formatting }, [
        h('div', { class: 'sheaf-toolbar-group' }, [blockMenu(drawing)]),
        ...groups.map((group) =>
          h('div', { class: 'sheaf-toolbar-group', key: group[0]?.id ?? '' }, [
            ...itemsOf(group, editor).map((item) => button(item, drawing)),
            group.some(({ id }) => id === 'strong') ? h(LinkControl, { editor, snapshot: drawing.snapshot }) : null,
          ]),
        ),
        slots['default']?.(),
      ])
    }
  },
})
