import { LINK_ICON } from '@sheaf/client-sdk/editor'
import type { Editor, EditorSnapshot, EditorWords } from '@sheaf/client-sdk/editor'
import { defineComponent, h, ref } from 'vue'
import type { PropType, VNode } from 'vue'
import { useLanguage } from './language.ts'
import { toolbarIcon } from './toolbar-icon.ts'

/** The link button of a toolbar with its form. An empty address takes the link away. */
export const LinkControl = defineComponent({
  name: 'SheafLinkControl',
  props: {
    editor: { type: Object as PropType<Editor | null>, default: null },
    snapshot: { type: Object as PropType<EditorSnapshot | null>, default: null },
  },
  setup(props) {
    const open = ref(false)
    const wrong = ref(false)
    const address = ref('')

    const close = (): void => {
      open.value = false
      props.editor?.focus()
    }
    const toggle = (): void => {
      address.value = props.snapshot?.linkHref ?? ''
      wrong.value = false
      open.value = !open.value
    }
    const apply = (event: Event): void => {
      event.preventDefault()
      const { editor } = props
      if (editor === null) return
      const href = address.value
      if (href.trim() === '') editor.commands.unsetLink()
      else if (!editor.commands.setLink({ href })) {
        wrong.value = true
        return
      }
      close()
    }

    const language = useLanguage()
    const words = (): EditorWords => props.editor?.words ?? language.value.words
    const form = (): VNode =>
      h(
        'form',
        {
          class: 'sheaf-link-form',
          onSubmit: apply,
          onKeydown: (event: KeyboardEvent) => {
            if (event.key === 'Escape') close()
          },
          onFocusout: ({ currentTarget, relatedTarget }: FocusEvent) => {
            if (!(currentTarget as Node).contains(relatedTarget as Node | null)) open.value = false
          },
        },
        [
          h('input', {
            type: 'text',
            inputmode: 'url',
            'aria-label': words().linkAddress,
            placeholder: words().linkExample,
            'aria-invalid': wrong.value,
            value: address.value,
            onVnodeMounted: ({ el }: VNode) => (el as HTMLInputElement).select(),
            onInput: (event: Event) => {
              address.value = (event.target as HTMLInputElement).value
              wrong.value = false
            },
          }),
          h('button', { type: 'submit' }, words().apply),
        ],
      )

    return () => {
      const { editor, snapshot } = props
      const enabled = editor !== null && snapshot !== null && snapshot.editable && snapshot.block !== 'code_block'
      return h('span', { class: 'sheaf-toolbar-link' }, [
        h(
          'button',
          {
            type: 'button',
            class: 'sheaf-toolbar-button',
            'aria-label': words().link,
            title: words().link,
            'aria-expanded': open.value,
            'aria-pressed': snapshot !== null && snapshot.linkHref !== null,
            disabled: !enabled,
            onMousedown: (event: MouseEvent) => event.preventDefault(),
            onClick: toggle,
          },
          [toolbarIcon(LINK_ICON)],
        ),
        open.value && enabled ? form() : null,
      ])
    }
  },
})
