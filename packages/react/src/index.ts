// The client and the language, for everything below
export { SheafProvider, type SheafProviderProps } from './provider.ts'
export { useSheafClient } from './client-context.ts'
export { useLanguage, type CompleteLanguage, type LanguageProps } from './language.ts'

// Documents. One that suspends is in @sheaf/react/suspense.
export { useDocument, useDocumentStatus } from './use-document.ts'
export { usePresence } from './use-presence.ts'
export { useVersions, type Versions } from './use-versions.ts'
export { useOutbox } from './use-outbox.ts'
export { useEditor, useEditorSnapshot, type UseEditorOptions } from './use-editor.ts'

// Components. Their looks are in @sheaf/client-sdk/editor.css.
export { SheafEditor, type SheafEditorProps } from './sheaf-editor.tsx'
export { Toolbar, type ToolbarProps } from './toolbar.tsx'
export { SaveStatus, type SaveStatusProps } from './save-status.tsx'
export { PresenceAvatars, type PresenceAvatarsProps } from './presence-avatars.tsx'
export { ContentView, type ContentViewProps } from './content-view.tsx'
export { Inspector, type InspectorProps } from './inspector.tsx'
export { VersionHistory, type VersionHistoryProps, type VersionListProps } from './version-history.tsx'
export type { VersionPanelProps } from './version-panel.tsx'
