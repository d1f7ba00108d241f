import { describeRestore } from '@sheaf/client-sdk'
import type { Version } from '@sheaf/client-sdk'
import { defineComponent, h, shallowRef, useId, watch } from 'vue'
import type { PropType, VNode } from 'vue'
import { useLanguage } from './language.ts'

/** Asks whether a version is to be restored. */
export const RestoreDialog = defineComponent({
  name: 'SheafRestoreDialog',
  props: {
    /** The version it is asked about; null while the dialog is closed. */
    version: { type: Object as PropType<Version | null>, default: null },
    onRestore: { type: Function as PropType<() => void>, required: true },
    onCancel: { type: Function as PropType<() => void>, required: true },
  },
  setup(props) {
    const dialog = shallowRef<HTMLDialogElement | null>(null)
    const [title, text] = [useId(), useId()]
    const language = useLanguage()
    // The browser's own modal dialog keeps the focus inside and gives it back to where it was, if it is closed as it was opened.
    watch(
      () => props.version !== null,
      (open) => (open ? dialog.value?.showModal() : dialog.value?.close()),
      { flush: 'post' },
    )
    const question = (version: Version): VNode[] => [
      h('h2', { id: title }, language.value.words.restoreQuestion),
      h('p', { id: text }, describeRestore(version, { ...language.value, now: Date.now() })),
      h('div', { class: 'sheaf-dialog-buttons' }, [
        h('button', { type: 'button', class: 'sheaf-button', onClick: props.onCancel }, language.value.words.cancel),
        h(
          'button',
          { type: 'button', class: 'sheaf-button sheaf-button-primary', onClick: props.onRestore },
          language.value.words.restore,
        ),
      ]),
    ]
    const onCancel = (event: Event): void => {
      event.preventDefault()
      props.onCancel()
    }
    return () =>
      h(
        'dialog',
        { ref: dialog, class: 'sheaf-dialog', 'aria-labelledby': title, 'aria-describedby': text, onCancel },
        props.version === null ? [] : question(props.version),
      )
  },
})
