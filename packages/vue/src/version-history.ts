import type { SheafDocument, Version } from '@sheaf/client-sdk'
import type { EditorOptions } from '@sheaf/client-sdk/editor'
import { defineComponent, h } from 'vue'
import type { PropType } from 'vue'
import { useVersions } from './use-versions.ts'
import type { Versions } from './use-versions.ts'
import { VersionList } from './version-list.ts'
import { VersionPanel } from './version-panel.ts'

const listProps = {
  selectedId: { type: String as PropType<string | null>, default: null },
  /** Called, as the listener of `select`, with the version that was pressed. */
  onSelect: { type: Function as PropType<((version: Version) => void) | undefined>, default: undefined },
  /** Listening to `restore` puts a button beside each version. Left out where restoring is not allowed. */
  onRestore: { type: Function as PropType<((version: Version) => void) | undefined>, default: undefined },
}

type ListProps = {
  readonly selectedId: string | null
  readonly onSelect: ((version: Version) => void) | undefined
  readonly onRestore: ((version: Version) => void) | undefined
}

const given = ({ selectedId, onSelect, onRestore }: ListProps) => ({
  selectedId,
  ...(onSelect && { onSelect }),
  ...(onRestore && { onRestore }),
})

const VersionListOf = defineComponent({
  name: 'SheafVersionListOf',
  props: { ...listProps, documentId: { type: String, required: true } },
  setup(props) {
    const versions = useVersions(() => props.documentId)
    return () => h(VersionList, { ...given(props), versions: versions.value })
  },
})

/**
 * The versions of a document, newest first: to look at, to name and to restore. With `document` a whole panel; with `versions`
 * alone the list, and what is done with a version is the application's.
 */
export const VersionHistory = defineComponent({
  name: 'VersionHistory',
  props: {
    ...listProps,
    /** The open document. Null shows a line of waiting; left out, the list alone is shown. */
    document: { type: Object as PropType<SheafDocument | null>, default: undefined },
    /** From `useVersions` above, to share them; for the list also the id of a document to read them of. */
    versions: { type: [Object, String] as PropType<Versions | string>, default: undefined },
    /** Of the content that is shown. Default: `sheafSchema`. */
    schema: { type: Object as PropType<EditorOptions['schema']>, default: undefined },
  },
  setup(props) {
    return () => {
      const { document, versions, schema } = props
      if (document !== undefined)
        return h(VersionPanel, {
          document,
          ...(typeof versions === 'object' && { versions }),
          ...(schema && { schema }),
        })
      if (typeof versions === 'string') return h(VersionListOf, { ...given(props), documentId: versions })
      return versions === undefined ? null : h(VersionList, { ...given(props), versions })
    }
  },
})
