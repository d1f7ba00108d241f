// The client, for everything below it
export { SheafProvider, useSheafClient } from './provider.ts'

// Documents
export { useDocument, useDocumentStatus } from './use-document.ts'
export { usePresence } from './use-presence.ts'
export { useVersions, type Versions } from './use-versions.ts'
export { useEditor, useEditorSnapshot, type UseEditorOptions } from './use-editor.ts'

// Components. Their looks are in @sheaf/client-sdk/editor.css.
export { SheafEditor, type SheafEditorProps } from './sheaf-editor.tsx'
export { Toolbar } from './toolbar.tsx'
export { SaveStatus } from './save-status.tsx'
export { PresenceAvatars } from './presence-avatars.tsx'
export { ContentView, type ContentViewProps } from './content-view.tsx'
export { VersionHistory, type VersionHistoryProps } from './version-history.tsx'
