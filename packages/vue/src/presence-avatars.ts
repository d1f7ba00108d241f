import { describeNames, initialsOf } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { filled } from '@sheaf/client-sdk/editor'
import { defineComponent, h } from 'vue'
import type { PropType, VNode } from 'vue'
import { useLanguage } from './language.ts'
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
    const language = useLanguage()
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
      const { words, locale } = language.value
      const more = (): VNode => {
        const title = describeNames(
          rest.map(({ name }) => name),
          language.value,
        )
        const count = filled(words.morePeople, { count: rest.length }, locale)
        return h('li', [h('span', { class: 'sheaf-avatar sheaf-avatar-more', title }, count)])
      }
      return h('ul', { class: 'sheaf-avatars', 'aria-label': words.peopleHere }, [
        ...avatars,
        rest.length > 0 ? more() : null,
      ])
    }
  },
})
