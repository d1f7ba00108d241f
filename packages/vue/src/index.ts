// The client and the language, for everything below
export { SheafProvider, sheafPlugin } from './provider.ts'
export { useSheafClient } from './client-key.ts'
export { useLanguage, type CompleteLanguage, type LanguageOptions } from './language.ts'

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
