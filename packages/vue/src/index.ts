// The client, for everything below it
export { SheafProvider, sheafPlugin, useSheafClient } from './provider.ts'

// Documents
export { useDocument, useDocumentStatus } from './use-document.ts'
export { usePresence } from './use-presence.ts'
export { useOutbox } from './use-outbox.ts'
export { useVersions, type Versions } from './use-versions.ts'
export { useEditor, useEditorSnapshot, type UseEditorOptions } from './use-editor.ts'

// Components. Their looks are in @sheaf/client-sdk/editor.css.
export { SheafEditor } from './sheaf-editor.ts'
export { Toolbar } from './toolbar.ts'
export { SaveStatus } from './save-status.ts'
export { PresenceAvatars } from './presence-avatars.ts'
export { ContentView } from './content-view.ts'
export { Inspector } from './inspector.ts'
export { VersionHistory } from './version-history.ts'
