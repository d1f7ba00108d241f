import type { Version } from '@sheaf/client-sdk'
import { defineComponent, h } from 'vue'
import type { VNode } from 'vue'
import { useVersions } from './use-versions.ts'
import type { Versions } from './use-versions.ts'

const KINDS: Readonly<Record<Version['kind'], string>> = {
  initial: 'First version',
  auto: 'Saved while writing',
  named: 'Named version',
  restore: 'Restored version',
}

const when = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })

function emptyLine({ status, error }: Versions): VNode {
  const text = { loading: 'Loading versions…', ready: 'There is no version yet.', failed: error?.message ?? '' }[status]
  return h('p', { class: 'sheaf-versions-empty', role: status === 'failed' ? 'alert' : 'status' }, text)
}

/** The versions of a document, newest first. Emits `select` and `restore` with the version. */
export const VersionHistory = defineComponent({
  name: 'VersionHistory',
  props: {
    documentId: { type: String, required: true },
    selectedId: { type: String, default: null },
    /** Puts a button for restoring beside each version. */
    restorable: { type: Boolean, default: false },
  },
  emits: { select: (_version: Version) => true, restore: (_version: Version) => true },
  setup(props, { emit }) {
    const versions = useVersions(() => props.documentId)
    const entry = (version: Version): VNode => {
      const authors = version.authors.map(({ displayName }) => displayName).join(', ')
      const detail = [when(version.createdAt), authors].filter((part) => part !== '').join(' · ')
      const select = {
        type: 'button',
        class: 'sheaf-version',
        'aria-current': version.id === props.selectedId,
        onClick: () => emit('select', version),
      }
      const restore = { type: 'button', class: 'sheaf-version-restore', onClick: () => emit('restore', version) }
      return h('li', { key: version.id, class: 'sheaf-version-item' }, [
        h('button', select, [
          h('span', { class: 'sheaf-version-name' }, version.name ?? KINDS[version.kind]),
          h('span', { class: 'sheaf-version-detail' }, detail),
        ]),
        props.restorable ? h('button', restore, 'Restore') : null,
      ])
    }
    return () => {
      const { versions: list, hasMore, history } = versions.value
      if (list.length === 0) return emptyLine(versions.value)
      const more = { type: 'button', class: 'sheaf-version', onClick: () => void history.loadMore() }
      return [
        h('ul', { class: 'sheaf-versions', 'aria-label': 'Versions' }, list.map(entry)),
        hasMore ? h('button', more, 'Older versions') : null,
      ]
    }
  },
})
