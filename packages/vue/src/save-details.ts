import type { SheafDocument } from '@sheaf/client-sdk'
import { DETAILS_ICON } from '@sheaf/client-sdk/editor'
import { defineComponent, h, nextTick, onScopeDispose, ref, shallowRef, useId, watch } from 'vue'
import type { PropType } from 'vue'
import { Inspector } from './inspector.ts'
import { useLanguage } from './language.ts'
import { toolbarIcon } from './toolbar-icon.ts'

const isIn = (element: HTMLElement | null, target: EventTarget | null): boolean =>
  target instanceof Node && element?.contains(target) === true

/** A button that opens the inspector beside it. */
export const SaveDetails = defineComponent({
  name: 'SheafSaveDetails',
  props: { document: { type: Object as PropType<SheafDocument | null>, default: null } },
  setup(props) {
    const open = ref(false)
    const id = useId()
    const language = useLanguage()
    const around = shallowRef<HTMLElement | null>(null)
    const button = shallowRef<HTMLElement | null>(null)
    const box = shallowRef<HTMLElement | null>(null)
    const onPress = ({ target }: PointerEvent): void => {
      if (target instanceof Node && !isIn(around.value, target)) open.value = false
    }
    const unlisten = (): void => globalThis.document.removeEventListener('pointerdown', onPress)
    watch(open, (isOpen) => {
      if (!isOpen) return unlisten()
      globalThis.document.addEventListener('pointerdown', onPress)
      void nextTick(() => box.value?.focus())
    })
    onScopeDispose(() => {
      if (open.value) unlisten()
    })
    const onKeydown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || !open.value) return
      event.stopPropagation()
      open.value = false
      button.value?.focus()
    }
    const onFocusout = ({ relatedTarget }: FocusEvent): void => {
      if (relatedTarget !== null && !isIn(around.value, relatedTarget)) open.value = false
    }
    return () =>
      h('span', { ref: around, onKeydown, onFocusout }, [
        h(
          'button',
          {
            ref: button,
            type: 'button',
            class: 'sheaf-save-button',
            'aria-label': language.value.words.saveDetails,
            title: language.value.words.saveDetails,
            'aria-expanded': open.value,
            'aria-controls': open.value ? id : undefined,
            onClick: () => (open.value = !open.value),
          },
          [toolbarIcon(DETAILS_ICON)],
        ),
        open.value
          ? h(
              'div',
              {
                ref: box,
                id,
                class: 'sheaf-save-box',
                role: 'dialog',
                'aria-label': language.value.words.saveDetails,
                tabindex: -1,
              },
              [h(Inspector, { document: props.document })],
            )
          : null,
      ])
  },
})
