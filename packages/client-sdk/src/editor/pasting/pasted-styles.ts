import { DOMParser } from 'prosemirror-model'
import type { ParseOptions, Schema, Slice } from 'prosemirror-model'

/**
 * Reads pasted HTML with its inline styles. Where the page's Content Security Policy allows none, it holds for pasted HTML as well:
 * the attributes are there and mean nothing, so words that are bold by a style would come in plain. Set by a script they are read;
 * nothing of it is ever shown.
 */
class PastedHtmlParser extends DOMParser {
  override parseSlice(dom: Node, options?: ParseOptions): Slice {
    if (dom instanceof Element)
      for (const element of dom.querySelectorAll<HTMLElement>('[style]'))
        if (element.style.length === 0) element.style.cssText = element.getAttribute('style') ?? ''
    return super.parseSlice(dom, options)
  }
}

export const pastedHtmlParser = (schema: Schema): DOMParser =>
  new PastedHtmlParser(schema, DOMParser.fromSchema(schema).rules)
