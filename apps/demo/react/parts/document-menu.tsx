import * as Menu from '@radix-ui/react-dropdown-menu'
import type { Editor } from '@sheaf/client-sdk/editor'
import { Copy, Download, Ellipsis, ExternalLink, Keyboard, Search, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { documentPath } from '../../account/addresses.ts'
import { UNTITLED, wordCountWords } from '../../account/document-words.ts'
import { download, fileName, pageOf } from '../../account/download.ts'
import { ThemeItems } from './theme-items.tsx'
import { useToast } from './toast.tsx'

interface DocumentMenuProps {
  readonly id: string
  readonly title: string
  readonly editor: Editor | null
  /** Left out where one may not. */
  readonly onDelete: (() => void) | undefined
}

const FORMAT_NAMES = { markdown: 'Markdown', html: 'HTML' } as const
type Format = keyof typeof FORMAT_NAMES
const FORMATS = ['markdown', 'html'] as const satisfies readonly Format[]

async function downloadAs(format: Format, title: string, editor: Editor): Promise<void> {
  if (format === 'markdown') download(fileName(title, 'md'), 'text/markdown', await editor.getMarkdown())
  else download(fileName(title, 'html'), 'text/html', pageOf(title, editor.getHTML()))
}

/** What a menu was opened for happens after it has given the focus back. */
const afterClosing = (run: () => void): void => void setTimeout(run, 0)

/** What can be done with a document besides writing in it. */
export function DocumentMenu({ id, title, editor, onDelete }: DocumentMenuProps): ReactElement {
  const toast = useToast()
  const [count, setCount] = useState('')
  const name = title === '' ? UNTITLED : title

  async function copy(format: Format): Promise<void> {
    // Where the browser refuses it the editor says so.
    if ((await editor?.copyAs(format)) === true) toast(`Copied as ${FORMAT_NAMES[format]}.`)
  }

  return (
    <Menu.Root
      modal={false}
      onOpenChange={(open) => {
        if (open && editor !== null) setCount(wordCountWords(editor.wordCount()))
      }}
    >
      <Menu.Trigger className="icon-button" aria-label="Document menu" title="Document menu">
        <Ellipsis aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          {editor !== null && (
            <>
              <Menu.Item className="menu-item" onSelect={() => afterClosing(() => editor.openFind())}>
                <Search aria-hidden="true" /> Find and replace
              </Menu.Item>
              <Menu.Item className="menu-item" onSelect={() => afterClosing(() => editor.openHelp())}>
                <Keyboard aria-hidden="true" /> Keyboard shortcuts
              </Menu.Item>
              <Menu.Separator className="menu-line" />
              {FORMATS.map((format) => (
                <Menu.Item key={format} className="menu-item" onSelect={() => void copy(format)}>
                  <Copy aria-hidden="true" /> Copy as {FORMAT_NAMES[format]}
                </Menu.Item>
              ))}
              {FORMATS.map((format) => (
                <Menu.Item key={format} className="menu-item" onSelect={() => void downloadAs(format, name, editor)}>
                  <Download aria-hidden="true" /> Download as {FORMAT_NAMES[format]}
                </Menu.Item>
              ))}
              <Menu.Separator className="menu-line" />
            </>
          )}
          <Menu.Item className="menu-item" asChild>
            <a href={documentPath(id, 'vue')}>
              <ExternalLink aria-hidden="true" /> Open in Vue
            </a>
          </Menu.Item>
          {onDelete !== undefined && (
            <Menu.Item className="menu-item menu-item-danger" onSelect={onDelete}>
              <Trash2 aria-hidden="true" /> Move to trash
            </Menu.Item>
          )}
          {/* Where there is no room for the account beside it, whose menu has the same. */}
          <div className="narrow-only">
            <Menu.Separator className="menu-line" />
            <ThemeItems />
          </div>
          {count !== '' && (
            <>
              <Menu.Separator className="menu-line" />
              <Menu.Label className="menu-note">{count}</Menu.Label>
            </>
          )}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  )
}
