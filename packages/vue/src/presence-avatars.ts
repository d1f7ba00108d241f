import { initialsOf } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { defineComponent, h } from 'vue'
import type { PropType } from 'vue'
import { usePresence } from './use-presence.ts'

/** Who else is in the document. */
export const PresenceAvatars = defineComponent({
  name: 'PresenceAvatars',
  props: {
    document: { type: Object as PropType<SheafDocument | null>, default: null },
    /** How many are drawn before the rest becomes a number. */
    max: { type: Number, default: 5 },
  },
  setup(props) {
    const people = usePresence(() => props.document)
    return () => {
      const all = people.value
      if (all.length === 0) return null
      const shown = all.length > props.max ? all.slice(0, props.max - 1) : all
      const rest = all.slice(shown.length)
      const avatars = shown.map(({ id, name, color }) =>
        h('li', { key: id }, [
          h(
            'span',
            {
              class: 'sheaf-avatar',
              role: 'img',
              'aria-label': name,
              title: name,
              style: { '--sheaf-avatar-color': color },
            },
            initialsOf(name),
          ),
        ]),
      )
      const others = rest.map(({ name }) => name).join(', ')
      const more = h('li', [h('span', { class: 'sheaf-avatar sheaf-avatar-more', title: others }, `+${rest.length}`)])
      return h('ul', { class: 'sheaf-avatars', 'aria-label': 'People in this document' }, [
        ...avatars,
        rest.length > 0 ? more : null,
      ])
    }
  },
})
