import { createVersionPanel, describeVersionMessage, mayEdit } from '@sheaf/client-sdk'
import type { SheafDocument, Version, VersionPanelSnapshot } from '@sheaf/client-sdk'
import type { EditorOptions } from '@sheaf/client-sdk/editor'
import { computed, defineComponent, h, nextTick, shallowRef, watch } from 'vue'
import type { PropType, VNode } from 'vue'
import type { CompleteLanguage } from './language.ts'
import { useLanguage } from './language.ts'
import { RestoreDialog } from './restore-dialog.ts'
import { useDocumentStatus } from './use-document.ts'
import { useSnapshot } from './use-snapshot.ts'
import { useVersions } from './use-versions.ts'
import type { Versions } from './use-versions.ts'
import { VersionList } from './version-list.ts'
import { VersionNameForm } from './version-name-form.ts'
import { VersionPreviewView } from './version-preview.ts'
import { withoutProxy } from './without-proxy.ts'

function messages(message: VersionPanelSnapshot['message'], language: CompleteLanguage): (VNode | null)[] {
  const text = message === null ? '' : describeVersionMessage(message, language)
  return [
    h('p', { key: 'done', class: 'sheaf-version-message', role: 'status' }, message?.kind === 'done' ? text : ''),
    message?.kind === 'failed' ? h('p', { key: 'failed', class: 'sheaf-version-message', role: 'alert' }, text) : null,
  ]
}

const commonProps = { schema: { type: Object as PropType<EditorOptions['schema']>, default: undefined } }

const PanelOfVersions = defineComponent({
  name: 'SheafPanelOfVersions',
  props: {
    ...commonProps,
    document: { type: Object as PropType<SheafDocument>, required: true },
    versions: { type: Object as PropType<Versions>, required: true },
  },
  setup(props) {
    // The versions change with every answer; the history, and what is being done with it, stays.
    const history = computed(() => props.versions.history)
    const panel = computed(() =>
      createVersionPanel(
        history.value,
        withoutProxy(() => props.document),
      ),
    )
    const shown = useSnapshot(() => panel.value)
    const status = useDocumentStatus(() => props.document)
    const language = useLanguage()
    const root = shallowRef<HTMLElement | null>(null)
    // Coming back from a version puts the focus on its entry.
    watch(
      () => shown.value?.selected?.id ?? null,
      (selectedId, left) => {
        if (left === null || selectedId !== null) return
        void nextTick(() => {
          const entries = root.value?.querySelectorAll<HTMLElement>('[data-version-id]') ?? []
          ;[...entries].find(({ dataset }) => dataset['versionId'] === left)?.focus()
        })
      },
    )
    const list = (mayWrite: boolean, busy: boolean): (VNode | null)[] => [
      mayWrite
        ? h(VersionNameForm, {
            key: 'name',
            label: language.value.words.versionName,
            submitLabel: language.value.words.saveVersion,
            busy,
            onName: (name: string) => panel.value.name(name),
          })
        : null,
      h(VersionList, {
        key: 'list',
        versions: props.versions,
        onSelect: (version: Version) => panel.value.select(version),
        ...(mayWrite ? { onRestore: (version: Version) => panel.value.askToRestore(version) } : {}),
      }),
    ]
    return () => {
      const { selected, preview, confirming, busy, message } = shown.value ?? panel.value.getSnapshot()
      const mayWrite = mayEdit(status.value?.role ?? null)
      const body =
        selected === null || preview === null
          ? list(mayWrite, busy !== null)
          : [
              h(VersionPreviewView, {
                key: 'preview',
                version: selected,
                preview,
                versions: props.versions.versions,
                panel: panel.value,
                busy,
                mayEdit: mayWrite,
                ...(props.schema && { schema: props.schema }),
              }),
            ]
      return h(
        'section',
        { ref: root, class: 'sheaf-version-panel', 'aria-label': language.value.words.versionHistory },
        [
          ...messages(message, language.value),
          ...body,
          h(RestoreDialog, {
            key: 'dialog',
            version: confirming,
            onRestore: () => void panel.value.restore(),
            onCancel: () => panel.value.cancelRestore(),
          }),
        ],
      )
    }
  },
})

const PanelWithVersions = defineComponent({
  name: 'SheafPanelWithVersions',
  props: { ...commonProps, document: { type: Object as PropType<SheafDocument>, required: true } },
  setup(props) {
    const versions = useVersions(() => props.document.id)
    return () => h(PanelOfVersions, { ...props, versions: versions.value })
  },
})

/** The whole of a document's history. */
export const VersionPanel = defineComponent({
  name: 'SheafVersionPanel',
  props: {
    ...commonProps,
    document: { type: Object as PropType<SheafDocument | null>, default: null },
    versions: { type: Object as PropType<Versions>, default: undefined },
  },
  setup(props) {
    const language = useLanguage()
    return () => {
      const { document, versions, schema } = props
      const { words } = language.value
      const more = { document, ...(schema && { schema }) }
      if (document === null)
        return h('section', { class: 'sheaf-version-panel', 'aria-label': words.versionHistory }, [
          h('p', { class: 'sheaf-versions-empty', role: 'status' }, words.loadingVersions),
        ])
      if (versions === undefined) return h(PanelWithVersions, { ...more, document, key: document.id })
      return h(PanelOfVersions, { ...more, document, versions })
    }
  },
})
