import type { Schema } from 'prosemirror-model'
import { Plugin } from 'prosemirror-state'
import type { EditorMessage, Tell } from '../messages/messages.ts'
import { cleanPastedHtml } from './pasted-html.ts'
import { pastedHtmlParser } from './pasted-styles.ts'
import { wellFormed } from '../typing/well-formed.ts'
import { filled } from '../words.ts'
import type { EditorWords } from '../words.ts'

/**
 * Largest HTML that is read as such, in characters; of larger one the plain words are taken. Reading a page of some megabytes
 * stops the tab for seconds, and most of it is styles.
 */
const MAX_HTML = 3_000_000
/** Largest paste, in characters of what is put in: what is larger might be more than the server takes as one edit. */
const MAX_PASTE = 200_000

/** Images in `data:` addresses are taken out before the HTML is read, and have a limit of their own. */
const sizeOf = (html: string): number =>
  html.length > MAX_HTML ? html.replaceAll(/data:image[^"'\s>]*/gi, '').length : html.length

const isTooLarge = (size: number): boolean => size > MAX_PASTE

const tooLarge = (size: number, { pasteTooLarge }: EditorWords): EditorMessage => ({
  code: 'paste-too-large',
  text: filled(pasteTooLarge, { size: size.toLocaleString(), limit: MAX_PASTE.toLocaleString() }),
})

/** Cleans what is pasted from other programs, and refuses what is too long, saying so. */
export const pastePlugin = (schema: Schema, tell: Tell, interfaceWords: EditorWords): Plugin =>
  new Plugin({
    props: {
      transformPastedHTML: (html) => cleanPastedHtml(wellFormed(html)),
      clipboardParser: pastedHtmlParser(schema),
      handleDOMEvents: {
        paste: (view, event) => {
          const data = event.clipboardData
          const html = data?.getData('text/html') ?? ''
          const words = data?.getData('text/plain') ?? ''
          if (!view.editable || (sizeOf(html) <= MAX_HTML && !isTooLarge(words.length))) return false
          event.preventDefault()
          if (isTooLarge(words.length) || words === '')
            tell(tooLarge(Math.max(words.length, html.length), interfaceWords))
          else view.pasteText(words)
          return true
        },
      },
      handlePaste: (view, event, slice) => {
        // HTML of which nothing can be read, such as a comment that never ends, comes with words that can.
        const words = slice.size === 0 ? (event.clipboardData?.getData('text/plain') ?? '') : ''
        if (words !== '' && (event.clipboardData?.getData('text/html') ?? '') !== '') return view.pasteText(words)
        if (!isTooLarge(slice.size)) return false
        tell(tooLarge(slice.size, interfaceWords))
        return true
      },
    },
  })
