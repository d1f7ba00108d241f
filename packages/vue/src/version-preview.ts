import { versionDetail, versionTitle } from '@sheaf/client-sdk'
import type { Version, VersionPanel, VersionPanelSnapshot, VersionPreview } from '@sheaf/client-sdk'
import type { EditorOptions } from '@sheaf/client-sdk/editor'
import { defineComponent, h, nextTick, onMounted, ref, shallowRef } from 'vue'
import type { PropType, VNode } from 'vue'
import { ContentView } from './content-view.ts'
import { VersionNameForm } from './version-name-form.ts'

/** What those who may edit can do with a version. */
const VersionActions = defineComponent({
  name: 'SheafVersionActions',
  props: {
    version: { type: Object as PropType<Version>, required: true },
    panel: { type: Object as PropType<VersionPanel>, required: true },
    busy: { type: Boolean, required: true },
  },
  setup(props) {
    const renaming = ref(false)
    const button = shallowRef<HTMLElement | null>(null)
    const stop = (): void => {
      renaming.value = false
      void nextTick(() => button.value?.focus())
    }
    const form = (): VNode =>
      h(VersionNameForm, {
        label: 'New name',
        submitLabel: 'Rename',
        initial: props.version.name ?? '',
        busy: props.busy,
        onName: async (name: string) => {
          const done = await props.panel.rename(props.version, name)
          if (done) stop()
          return done
        },
        onCancel: stop,
      })
    const buttons = (): VNode[] => [
      h(
        'button',
        { ref: button, type: 'button', class: 'sheaf-button', onClick: () => (renaming.value = true) },
        'Rename',
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'sheaf-button sheaf-button-primary',
          'aria-disabled': props.busy,
          onClick: () => {
            if (!props.busy) props.panel.askToRestore(props.version)
          },
        },
        'Restore this version',
      ),
    ]
    return () => (renaming.value ? form() : buttons())
  },
})

function content(preview: VersionPreview, schema: EditorOptions['schema']): VNode {
  switch (preview.status) {
    case 'loading':
      return h('p', { role: 'status' }, 'Loading the version…')
    case 'failed':
      return h('p', { role: 'alert' }, preview.error.message)
    case 'ready':
      return h(ContentView, {
        content: preview.content,
        ariaLabel: 'Content of the version',
        ...(schema && { schema }),
      })
  }
}

/** A version in place of the list. */
export const VersionPreviewView = defineComponent({
  name: 'SheafVersionPreview',
  props: {
    version: { type: Object as PropType<Version>, required: true },
    preview: { type: Object as PropType<VersionPreview>, required: true },
    /** All versions that are known, newest first. */
    versions: { type: Array as PropType<readonly Version[]>, required: true },
    panel: { type: Object as PropType<VersionPanel>, required: true },
    busy: { type: String as PropType<VersionPanelSnapshot['busy']>, default: null },
    mayEdit: { type: Boolean, required: true },
    schema: { type: Object as PropType<EditorOptions['schema']>, default: undefined },
  },
  setup(props) {
    const heading = shallowRef<HTMLElement | null>(null)
    onMounted(() => heading.value?.focus())
    const neighbour = (label: string, other: Version | undefined): VNode =>
      h(
        'button',
        {
          type: 'button',
          class: 'sheaf-button',
          'aria-disabled': other === undefined,
          onClick: () => {
            if (other !== undefined) props.panel.select(other)
          },
        },
        label,
      )
    return () => {
      const { version, preview, versions, panel, busy, mayEdit, schema } = props
      const at = versions.findIndex(({ id }) => id === version.id)
      const actions = () => h(VersionActions, { key: version.id, version, panel, busy: busy !== null })
      return h('section', { class: 'sheaf-version-preview', 'aria-label': 'Version preview' }, [
        h('div', { class: 'sheaf-version-buttons' }, [
          h('button', { type: 'button', class: 'sheaf-button', onClick: () => panel.select(null) }, 'Back to versions'),
          neighbour('Newer', at > 0 ? versions[at - 1] : undefined),
          neighbour('Older', at === -1 ? undefined : versions[at + 1]),
        ]),
        h('h3', { ref: heading, class: 'sheaf-version-name', tabindex: -1 }, versionTitle(version)),
        h('p', { class: 'sheaf-version-detail' }, versionDetail(version, { now: Date.now() })),
        mayEdit ? h('div', { class: 'sheaf-version-buttons' }, [actions()]) : null,
        content(preview, schema),
      ])
    }
  },
})
