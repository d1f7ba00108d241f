import { defineComponent, h, onMounted, shallowRef } from 'vue'
import type { PropType } from 'vue'
import { useLanguage } from './language.ts'

const MAX_NAME_LENGTH = 100

/** A field for the name of a version. */
export const VersionNameForm = defineComponent({
  name: 'SheafVersionNameForm',
  props: {
    label: { type: String, required: true },
    submitLabel: { type: String, required: true },
    initial: { type: String, default: '' },
    busy: { type: Boolean, required: true },
    /** Called with a name that is not empty. False keeps what was typed. */
    onName: { type: Function as PropType<(name: string) => Promise<boolean>>, required: true },
    onCancel: { type: Function as PropType<() => void>, default: undefined },
  },
  setup(props) {
    const language = useLanguage()
    const field = shallowRef<HTMLInputElement | null>(null)
    onMounted(() => {
      if (field.value !== null) field.value.value = props.initial
      if (props.onCancel !== undefined) field.value?.focus()
    })
    async function submit(event: Event): Promise<void> {
      event.preventDefault()
      const name = field.value?.value.trim() ?? ''
      if (name !== '' && (await props.onName(name)) && field.value !== null) field.value.value = props.initial
    }
    const onKeydown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || props.onCancel === undefined) return
      event.stopPropagation()
      props.onCancel()
    }
    return () =>
      h('form', { class: 'sheaf-version-form', onSubmit: (event: Event) => void submit(event), onKeydown }, [
        h('input', {
          ref: field,
          type: 'text',
          required: true,
          maxlength: MAX_NAME_LENGTH,
          'aria-label': props.label,
          placeholder: language.value.words.nameThisVersion,
        }),
        h('button', { type: 'submit', class: 'sheaf-button', 'aria-disabled': props.busy }, props.submitLabel),
        props.onCancel === undefined
          ? null
          : h(
              'button',
              { type: 'button', class: 'sheaf-button', onClick: props.onCancel },
              language.value.words.cancel,
            ),
      ])
  },
})
