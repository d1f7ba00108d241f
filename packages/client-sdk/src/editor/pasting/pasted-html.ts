/*
 * HTML as other programs put it on the clipboard, made into what the schema reads. The schema decides what comes in, and drops
 * scripts and styles; here only that is mended which would otherwise be read as something else than what was seen.
 */

const parse = (html: string): Document => new DOMParser().parseFromString(html, 'text/html')

/** Takes images with a `data:` address out of HTML. The bytes of an image must never become part of a document. */
export function takeDataImages(html: string): { readonly html: string; readonly urls: readonly string[] } {
  if (!/\bdata:image/i.test(html)) return { html, urls: [] }
  const page = parse(html)
  const images = [...page.querySelectorAll('img')].filter((image) => /^\s*data:/i.test(image.getAttribute('src') ?? ''))
  const urls = images.map((image) => (image.getAttribute('src') ?? '').trim())
  for (const image of images) image.remove()
  return { html: page.body.innerHTML, urls }
}

const isFromWord = (html: string): boolean =>
  /\bclass="?Mso|urn:schemas-microsoft-com:office|content="?Microsoft Word/i.test(html)

const isFromGoogleDocs = (html: string): boolean => /id="docs-internal-guid-/.test(html)

/** Puts what is in an element in its place. */
function unwrap(element: Element): void {
  element.replaceWith(...element.childNodes)
}

function removeComments(page: Document): void {
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_COMMENT)
  const comments: Node[] = []
  while (walker.nextNode()) comments.push(walker.currentNode)
  for (const comment of comments) comment.parentNode?.removeChild(comment)
}

const wordListStyle = (paragraph: Element): { readonly list: string; readonly level: number } | null => {
  const match = /mso-list:\s*(l\d+)\s+level(\d)/i.exec(paragraph.getAttribute('style') ?? '')
  return match === null ? null : { list: match[1] ?? '', level: Number(match[2]) }
}

/** Word writes a list as paragraphs with a style, each with its sign as words of its own: `·`, `o`, `1.`, `a)`. */
function takeSign(paragraph: Element): string {
  const signs = [...paragraph.querySelectorAll('span')].filter((span) =>
    /mso-list:\s*Ignore/i.test(span.getAttribute('style') ?? ''),
  )
  const sign = signs.map((span) => span.textContent).join('')
  for (const span of signs) span.remove()
  return sign.trim()
}

/** Paragraphs of Word that stand for items become lists, one in the other as their levels say. */
function readWordLists(page: Document): void {
  let open: { readonly element: Element; readonly level: number; readonly name: string }[] = []
  let last: Element | null = null
  for (const paragraph of page.querySelectorAll('p')) {
    const style = wordListStyle(paragraph)
    if (style === null) continue
    if (last === null || last.nextElementSibling !== paragraph) open = []
    const ordered = /^\(?[0-9a-z]{1,4}[.)]/i.test(takeSign(paragraph))
    while ((open.at(-1)?.level ?? 0) > style.level) open.pop()
    const sibling = open.at(-1)
    // Another list may begin right below, at the same level.
    if (sibling?.level === style.level && sibling.name !== style.list) open.pop()
    let list = open.at(-1)
    if (list === undefined || list.level < style.level) {
      list = { element: page.createElement(ordered ? 'ol' : 'ul'), level: style.level, name: style.list }
      const outer = open.at(-1)
      if (outer === undefined) paragraph.before(list.element)
      else (outer.element.lastElementChild ?? outer.element).append(list.element)
      open.push(list)
    }
    const item = page.createElement('li')
    const words = page.createElement('p')
    words.append(...paragraph.childNodes)
    item.append(words)
    list.element.append(item)
    paragraph.remove()
    last = open[0]?.element ?? null
  }
}

/** Whether a ground is one that was chosen, and not the paper. */
const isColour = (ground: string): boolean =>
  !/^(?:transparent|inherit|initial|unset|none|white|#fff(?:fff)?|rgba\(0, ?0, ?0, ?0\)|rgb\(255, ?255, ?255\)|)$/i.test(
    ground,
  )

/** What is written on a coloured ground is highlighted. Elsewhere on the web a ground is the look of a page; in a text program it is chosen. */
function readHighlights(page: Document, property: RegExp): void {
  for (const span of page.querySelectorAll<HTMLElement>('span[style]')) {
    const ground = property.exec(span.getAttribute('style') ?? '')?.[1]?.trim() ?? ''
    if (!isColour(ground)) continue
    const mark = page.createElement('mark')
    mark.append(...span.childNodes)
    span.append(mark)
  }
}

function cleanWord(page: Document): void {
  readWordLists(page)
  readHighlights(page, /\bmso-highlight:([^;]+)/i)
  // <o:p> holds the space of an empty paragraph; <w:…> and <v:…> hold what only Office draws.
  for (const element of page.querySelectorAll('*')) {
    const name = element.localName
    if (name === 'o:p') unwrap(element)
    else if (/^[a-z]+:/.test(name)) element.remove()
  }
  for (const [className, tag] of [
    ['MsoTitle', 'h1'],
    ['MsoSubtitle', 'h2'],
    ['MsoQuote', 'blockquote'],
  ] as const)
    for (const paragraph of page.querySelectorAll(`p.${className}`)) {
      const made = page.createElement(tag)
      made.append(...paragraph.childNodes)
      paragraph.replaceWith(made)
    }
}

/** Google Docs wraps everything in a <b>, puts a <br> between paragraphs, and a <p> with nothing in it into list items. */
function cleanGoogleDocs(page: Document): void {
  for (const wrapper of page.querySelectorAll('b[id^="docs-internal-guid-"]')) unwrap(wrapper)
  for (const line of page.querySelectorAll('body > br, br.Apple-interchange-newline')) line.remove()
  readHighlights(page, /\bbackground-color:([^;]+)/i)
  // A checklist comes as a list of which each item says whether it is ticked.
  for (const item of page.querySelectorAll('li[role=checkbox]')) {
    item.setAttribute('data-checked', String(item.getAttribute('aria-checked') === 'true'))
    item.closest('ul')?.setAttribute('data-type', 'task_list')
    // Its box comes as a picture beside the words.
    for (const box of item.querySelectorAll('img[role=checkbox], :scope > img')) box.remove()
  }
  unnestLists(page)
}

/** A list right inside of a list belongs into the item before it. */
function unnestLists(page: Document): void {
  for (const list of page.querySelectorAll(':is(ul, ol) > :is(ul, ol)')) {
    const item = list.previousElementSibling
    if (item !== null && item.localName === 'li') item.append(list)
  }
}

/** What is shown nowhere, or only means something to the page that it was copied from. */
function cleanPage(page: Document): void {
  removeComments(page)
  for (const element of page.querySelectorAll(
    'script, style, title, meta, link, noscript, template, iframe, object, embed',
  ))
    element.remove()
  for (const element of page.querySelectorAll<HTMLElement>('[hidden], [style*="display" i]'))
    // The attribute is asked: under a strict Content Security Policy the style that it sets is empty.
    if (element.hidden || /\bdisplay\s*:\s*none/i.test(element.getAttribute('style') ?? '')) element.remove()
  // A picture of one dot counts readers.
  for (const image of page.querySelectorAll('img[width="1"], img[width="0"], img[height="1"], img[height="0"]'))
    image.remove()
  unnestLists(page)
}

/** Pasted HTML as the schema reads it best. What ProseMirror itself has copied is left alone. */
export function cleanPastedHtml(html: string): string {
  if (/data-pm-slice/.test(html)) return html
  const page = parse(html)
  if (isFromWord(html)) cleanWord(page)
  if (isFromGoogleDocs(html)) cleanGoogleDocs(page)
  cleanPage(page)
  return page.body.innerHTML
}
