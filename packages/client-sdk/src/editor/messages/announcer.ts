/** Styles of what is on the page and not seen, with the stylesheet or without. */
export const UNSEEN = {
  position: 'absolute',
  width: '1px',
  height: '1px',
  overflow: 'hidden',
  'clip-path': 'inset(50%)',
  'white-space': 'nowrap',
} as const

/** What a screen reader reads out when it has a moment. Nothing of it is seen, with the stylesheet or without. */
export class Announcer {
  readonly #region = globalThis.document.createElement('div')

  constructor(root: Element) {
    this.#region.className = 'sheaf-announcer'
    // The region is on the page, and not hidden, before its first words: screen readers read out what changes in it.
    this.#region.setAttribute('aria-live', 'polite')
    for (const [name, value] of Object.entries(UNSEEN)) this.#region.style.setProperty(name, value)
    root.append(this.#region)
  }

  say(words: string): void {
    // The same words once more are no change, and would not be read out.
    this.#region.textContent = this.#region.textContent === words ? `${words}\u00A0` : words
  }
}
