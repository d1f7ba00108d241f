import { describeError, versionDetail, versionTitle } from '@sheaf/client-sdk'
import type { Version } from '@sheaf/client-sdk'
import { defineComponent, h, mergeProps, useId } from 'vue'
import type { PropType, VNode } from 'vue'
import type { CompleteLanguage } from './language.ts'
import { useLanguage } from './language.ts'
import type { Versions } from './use-versions.ts'

const VersionEntry = defineComponent({
  name: 'SheafVersionEntry',
  props: {
    version: { type: Object as PropType<Version>, required: true },
    selected: { type: Boolean, required: true },
    onSelect: { type: Function as PropType<() => void>, required: true },
    onRestore: { type: Function as PropType<() => void>, default: undefined },
  },
  setup(props) {
    const id = useId()
    const language = useLanguage()
    return () => {
      const { version, selected, onSelect, onRestore } = props
      const entry = {
        id,
        type: 'button',
        class: 'sheaf-version',
        'data-version-id': version.id,
        'aria-current': selected,
        onClick: onSelect,
      }
      const restore = { type: 'button', class: 'sheaf-version-restore', 'aria-describedby': id, onClick: onRestore }
      return h('li', { class: 'sheaf-version-item' }, [
        h('button', entry, [
          h('span', { class: 'sheaf-version-name' }, versionTitle(version, language.value)),
          h('span', { class: 'sheaf-version-detail' }, versionDetail(version, { ...language.value, now: Date.now() })),
        ]),
        onRestore === undefined ? null : h('button', restore, language.value.words.restore),
      ])
    }
  },
})

function waiting({ status }: Versions, { words }: CompleteLanguage): VNode | null {
  if (status === 'failed') return null
  const text = status === 'loading' ? words.loadingVersions : words.noVersion
  return h('p', { class: 'sheaf-versions-empty', role: 'status' }, text)
}

function failure({ error, history }: Versions, language: CompleteLanguage): VNode | null {
  if (error === null) return null
  const again = { type: 'button', class: 'sheaf-button', onClick: () => void history.reload() }
  return h('div', { class: 'sheaf-versions-failed', role: 'alert' }, [
    h('p', describeError(error, language)),
    h('button', again, language.words.tryAgain),
  ])
}

/** Versions, newest first, with the way to older ones. */
export const VersionList = defineComponent({
  name: 'SheafVersionList',
  inheritAttrs: false,
  props: {
    versions: { type: Object as PropType<Versions>, required: true },
    selectedId: { type: String as PropType<string | null>, default: null },
    onSelect: { type: Function as PropType<((version: Version) => void) | undefined>, default: undefined },
    onRestore: { type: Function as PropType<((version: Version) => void) | undefined>, default: undefined },
  },
  setup(props, { attrs }) {
    const language = useLanguage()
    const entry = (version: Version): VNode => {
      const { selectedId, onSelect, onRestore } = props
      return h(VersionEntry, {
        key: version.id,
        version,
        selected: version.id === selectedId,
        onSelect: () => onSelect?.(version),
        ...(onRestore === undefined ? {} : { onRestore: () => onRestore(version) }),
      })
    }
    return () => {
      const { versions } = props
      const list = mergeProps({ class: 'sheaf-versions', 'aria-label': language.value.words.versions }, attrs)
      const more = { type: 'button', class: 'sheaf-versions-more', onClick: () => void versions.history.loadMore() }
      return [
        versions.versions.length === 0
          ? waiting(versions, language.value)
          : h('ul', list, versions.versions.map(entry)),
        failure(versions, language.value),
        versions.hasMore ? h('button', more, language.value.words.olderVersions) : null,
      ]
    }
  },
})
