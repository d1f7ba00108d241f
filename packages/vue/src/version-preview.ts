import { describeError, versionDetail, versionTitle } from '@sheaf/client-sdk'
import type { Version, VersionPanel, VersionPanelSnapshot, VersionPreview } from '@sheaf/client-sdk'
import type { EditorOptions } from '@sheaf/client-sdk/editor'
import { defineComponent, h, nextTick, onMounted, ref, shallowRef } from 'vue'
import type { PropType, VNode } from 'vue'
import { ContentView } from './content-view.ts'
import type { CompleteLanguage } from './language.ts'
import { useLanguage } from './language.ts'
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
    const language = useLanguage()
    const button = shallowRef<HTMLElement | null>(null)
    const stop = (): void => {
      renaming.value = false
      void nextTick(() => button.value?.focus())
    }
    const form = (): VNode =>
      h(VersionNameForm, {
        label: language.value.words.newName,
        submitLabel: language.value.words.rename,
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
        language.value.words.rename,
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
        language.value.words.restoreThis,
      ),
    ]
    return () => (renaming.value ? form() : buttons())
  },
})

function content(preview: VersionPreview, schema: EditorOptions['schema'], language: CompleteLanguage): VNode {
  switch (preview.status) {
    case 'loading':
      return h('p', { role: 'status' }, language.words.loadingVersion)
    case 'failed':
      return h('p', { role: 'alert' }, describeError(preview.error, language))
    case 'ready':
      return h(ContentView, {
        content: preview.content,
        ariaLabel: language.words.versionContent,
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
    const told = useLanguage()
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
      const language = told.value
      const { words } = language
      const at = versions.findIndex(({ id }) => id === version.id)
      const actions = () => h(VersionActions, { key: version.id, version, panel, busy: busy !== null })
      return h('section', { class: 'sheaf-version-preview', 'aria-label': words.versionPreview }, [
        h('div', { class: 'sheaf-version-buttons' }, [
          h(
            'button',
            { type: 'button', class: 'sheaf-button', onClick: () => panel.select(null) },
            words.backToVersions,
          ),
          neighbour(words.newer, at > 0 ? versions[at - 1] : undefined),
          neighbour(words.older, at === -1 ? undefined : versions[at + 1]),
        ]),
        h('h3', { ref: heading, class: 'sheaf-version-name', tabindex: -1 }, versionTitle(version, language)),
        h('p', { class: 'sheaf-version-detail' }, versionDetail(version, { ...language, now: Date.now() })),
        mayEdit ? h('div', { class: 'sheaf-version-buttons' }, [actions()]) : null,
        content(preview, schema, language),
      ])
    }
  },
})
