import {
  BLOCK_KINDS,
  TABLE_ITEMS,
  TOOLBAR_GROUPS,
  blockKindOf,
  shortcutLabel,
  walkToolbar,
} from '@sheaf/client-sdk/editor'
import type { Editor, EditorSnapshot, EditorWords, ToolbarItem } from '@sheaf/client-sdk/editor'
import { useEffect, useRef } from 'react'
import type { MouseEvent, ReactElement, ReactNode } from 'react'
import { className } from './class-name.ts'
import { useLanguage } from './language.ts'
import { LinkControl } from './link-control.tsx'
import { ToolbarIcon } from './toolbar-icon.tsx'
import { useEditorSnapshot } from './use-editor.ts'
import { useIsServer } from './use-is-server.ts'

// A press on a button must not take the focus out of the text, or the selection would be lost to the eye.
const keepFocus = (event: MouseEvent): void => event.preventDefault()

const onMac = (): boolean => /Mac|iP(?:hone|ad)/.test(globalThis.navigator?.userAgent ?? '')

const titleOf = (label: string, { shortcut }: ToolbarItem, mac: boolean): string =>
  shortcut === null ? label : `${label} (${shortcutLabel(shortcut, mac)})`

function ToolbarButton(props: {
  item: ToolbarItem
  editor: Editor | null
  snapshot: EditorSnapshot | null
  words: EditorWords
  mac: boolean
}): ReactElement {
  const { item, editor, snapshot, words, mac } = props
  const enabled = editor !== null && snapshot !== null && item.enabled(snapshot, editor)
  const pressed = snapshot === null ? false : item.pressed(snapshot)
  const label = words[item.word]
  return (
    <button
      type="button"
      className="sheaf-toolbar-button"
      aria-label={label}
      title={titleOf(label, item, mac)}
      aria-pressed={pressed ?? undefined}
      disabled={!enabled}
      onMouseDown={keepFocus}
      onClick={() => {
        if (editor === null) return
        item.run(editor)
        editor.focus()
      }}
    >
      <ToolbarIcon paths={item.icon} />
    </button>
  )
}

function BlockMenu(props: {
  editor: Editor | null
  snapshot: EditorSnapshot | null
  words: EditorWords
}): ReactElement {
  const { editor, snapshot, words } = props
  return (
    <select
      className="sheaf-toolbar-select"
      aria-label={words.textStyle}
      value={snapshot === null ? 'paragraph' : blockKindOf(snapshot)}
      disabled={snapshot === null || !snapshot.editable}
      onChange={(event) => {
        const kind = BLOCK_KINDS.find(({ id }) => id === event.target.value)
        if (kind === undefined || editor === null) return
        kind.run(editor)
        editor.focus()
      }}
    >
      {BLOCK_KINDS.map((kind) => (
        <option key={kind.id} value={kind.id}>
          {words[kind.word]}
        </option>
      ))}
    </select>
  )
}

/** An application that takes no images shows no button for them; what changes a table is shown inside of one. */
const itemsOf = (group: readonly ToolbarItem[], editor: Editor | null): readonly ToolbarItem[] =>
  editor === null || editor.takesImages ? group : group.filter(({ id }) => id !== 'image')

/** Which editor the buttons are for. */
export interface ToolbarProps {
  readonly editor: Editor | null
  readonly className?: string
  /** Controls of the application, after its own. */
  readonly children?: ReactNode
}

/** The default toolbar of an editor. Drawn disabled as long as there is no editor, so that nothing jumps. */
export function Toolbar({ editor, className: added, children }: ToolbarProps): ReactElement {
  const snapshot = useEditorSnapshot(editor)
  const language = useLanguage()
  const words = editor?.words ?? language.words
  // A server does not know the keyboard: what it has drawn is put right once it is on the page.
  const isServer = useIsServer()
  const mac = !isServer && onMac()
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => (ref.current === null ? undefined : walkToolbar(ref.current)), [])
  return (
    <div ref={ref} className={className('sheaf-toolbar', added)} role="toolbar" aria-label={words.formatting}>
      <div className="sheaf-toolbar-group">
        <BlockMenu editor={editor} snapshot={snapshot} words={words} />
      </div>
      {[...TOOLBAR_GROUPS, ...(snapshot?.table === true ? [TABLE_ITEMS] : [])].map((group) => (
        <div className="sheaf-toolbar-group" key={group[0]?.id}>
          {itemsOf(group, editor).map((item) => (
            <ToolbarButton key={item.id} item={item} editor={editor} snapshot={snapshot} words={words} mac={mac} />
          ))}
          {group.some(({ id }) => id === 'strong') && <LinkControl editor={editor} snapshot={snapshot} />}
        </div>
      ))}
      {children}
    </div>
  )
}
