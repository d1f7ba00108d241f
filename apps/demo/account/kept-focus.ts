/** How long whatever took the focus away may take to give it to something else by itself, as closing menus do. */
const GRACE_MS = 50

/**
 * Where the control that had the focus goes from the page, as the screen around it changes, the browser gives the focus to nobody,
 * and whoever has no pointer begins at the top again, without seeing where. The main part of the page takes it instead.
 */
export function keepFocus(): void {
  let last: Element | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const take = (): void => {
    const { activeElement, body } = document
    const isLost = (activeElement === null || activeElement === body) && last?.isConnected === false
    // A dialog keeps the focus to itself.
    if (!isLost || document.querySelector('dialog[open]') !== null) return
    const main = document.querySelector('main')
    if (main === null) return
    main.tabIndex = -1
    main.focus({ preventScroll: true })
  }
  addEventListener('focusin', ({ target }) => (last = target instanceof Element ? target : null))
  new MutationObserver(() => {
    if (last === null || last.isConnected) return
    clearTimeout(timer)
    timer = setTimeout(take, GRACE_MS)
  }).observe(document.body, { childList: true, subtree: true })
}
