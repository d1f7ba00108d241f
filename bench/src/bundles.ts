/** Who is compared. Liveblocks has no server of one's own, so it is measured here only. */
export type Vendor = 'sheaf' | 'tiptap' | 'liveblocks' | 'y-websocket'

/** What an application writes to have the same thing of each; nothing that it would not use. */
export interface Comparison {
  readonly what: string
  readonly code: Partial<Record<Vendor, string>>
}

/** What Sheaf's editor holds, as far as Tiptap has it. It has no find and replace, no help sheet and no toolbar. */
const tiptapContent = `
  export { default as StarterKit } from '@tiptap/starter-kit'
  export { TableKit } from '@tiptap/extension-table'
  export { TaskItem, TaskList } from '@tiptap/extension-list'
  export { default as Image } from '@tiptap/extension-image'
  export { default as Highlight } from '@tiptap/extension-highlight'
  export { CharacterCount, Placeholder } from '@tiptap/extensions'
  export { default as Suggestion } from '@tiptap/suggestion'
`
const tiptapTogether = `
  export { HocuspocusProvider } from '@hocuspocus/provider'
  export { default as Collaboration } from '@tiptap/extension-collaboration'
  export { default as CollaborationCaret } from '@tiptap/extension-collaboration-caret'
`

export const comparisons: readonly Comparison[] = [
  {
    what: 'client core',
    code: {
      sheaf: `export { createSheafClient } from '@sheaf/client-sdk'`,
      tiptap: `export { HocuspocusProvider } from '@hocuspocus/provider'`,
      liveblocks: `
        export { createClient } from '@liveblocks/client'
        export { getYjsProviderForRoom } from '@liveblocks/yjs'`,
      'y-websocket': `export { WebsocketProvider } from 'y-websocket'`,
    },
  },
  {
    what: 'core and editor',
    code: {
      sheaf: `
        export { createSheafClient } from '@sheaf/client-sdk'
        export { createEditor } from '@sheaf/client-sdk/editor'`,
      tiptap: `
        export { Editor } from '@tiptap/core'
        ${tiptapTogether}
        ${tiptapContent}
        export { default as BubbleMenu } from '@tiptap/extension-bubble-menu'
        export { default as DragHandle } from '@tiptap/extension-drag-handle'`,
    },
  },
  {
    what: 'the same in React, with carets, people and save state',
    code: {
      sheaf: `
        export { createSheafClient } from '@sheaf/client-sdk'
        export { PresenceAvatars, SaveStatus, SheafEditor, SheafProvider, useDocument } from '@sheaf/react'`,
      tiptap: `
        export { EditorContent, useEditor } from '@tiptap/react'
        export { BubbleMenu } from '@tiptap/react/menus'
        export { default as DragHandle } from '@tiptap/extension-drag-handle-react'
        ${tiptapTogether}
        ${tiptapContent}`,
      liveblocks: `
        export { EditorContent, useEditor } from '@tiptap/react'
        export { default as DragHandle } from '@tiptap/extension-drag-handle-react'
        export { ClientSideSuspense, LiveblocksProvider, RoomProvider, useOthers, useSyncStatus } from '@liveblocks/react'
        export { FloatingToolbar, Toolbar, useLiveblocksExtension } from '@liveblocks/react-tiptap'
        ${tiptapContent}`,
    },
  },
  {
    what: 'the same in Vue',
    code: {
      sheaf: `
        export { createSheafClient } from '@sheaf/client-sdk'
        export { PresenceAvatars, SaveStatus, SheafEditor, sheafPlugin, useDocument } from '@sheaf/vue'`,
    },
  },
]
