const CONTROLS = 'button, select, a[href], [role="button"]'
/** What takes the arrow keys for itself keeps a place of its own in the order of Tab. */
const OTHERS_KEYS = 'input, textarea, form, [contenteditable]'

const isReachable = (control: HTMLElement): boolean =>
  !control.matches(':disabled') && control.closest(OTHERS_KEYS) === null

/**
 * Where a key leads in a toolbar, or null where it leads nowhere.
 *
 * @param current index of the control that has the focus, of `count` controls
 */
export function toolbarStep(key: string, current: number, count: number, direction: 'ltr' | 'rtl'): number | null {
  if (count === 0) return null
  const forward = direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
  const back = direction === 'rtl' ? 'ArrowRight' : 'ArrowLeft'
  if (key === forward) return (current + 1) % count
  if (key === back) return (current - 1 + count) % count
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : null
}

/**
 * Makes a toolbar one stop of the Tab key, at the control that was used last; the arrow keys, Home and End go through it. As the
 * toolbar pattern of the ARIA Authoring Practices asks. Follows controls that come, go and are disabled. Returns the end of it.
 */
export function walkToolbar(toolbar: HTMLElement): () => void {
  let stop: HTMLElement | null = null

  const reachable = (): HTMLElement[] => [...toolbar.querySelectorAll<HTMLElement>(CONTROLS)].filter(isReachable)

  function settle(wanted: HTMLElement | null): void {
    const controls = reachable()
    stop = wanted !== null && controls.includes(wanted) ? wanted : (controls[0] ?? null)
    for (const control of controls) {
      const tabIndex = control === stop ? 0 : -1
      if (control.tabIndex !== tabIndex || !control.hasAttribute('tabindex')) control.tabIndex = tabIndex
    }
  }

  function onFocus(event: FocusEvent): void {
    if (event.target instanceof HTMLElement && isReachable(event.target) && event.target.matches(CONTROLS))
      settle(event.target)
  }

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const controls = reachable()
    const current = controls.findIndex((control) => control === event.target)
    if (current === -1) return
    const direction = getComputedStyle(toolbar).direction === 'rtl' ? 'rtl' : 'ltr'
    const next = toolbarStep(event.key, current, controls.length, direction)
    if (next === null) return
    // A list of choices would take the same key for its next choice, and could never be left.
    event.preventDefault()
    controls[next]?.focus()
  }

  const observer = new MutationObserver(() => settle(stop))
  observer.observe(toolbar, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] })
  toolbar.addEventListener('focusin', onFocus)
  toolbar.addEventListener('keydown', onKey)
  settle(null)
  return () => {
    observer.disconnect()
    toolbar.removeEventListener('focusin', onFocus)
    toolbar.removeEventListener('keydown', onKey)
    for (const control of reachable()) control.removeAttribute('tabindex')
  }
}
