/**
 * Tells the styles how high the bars are that stay at the top of the page, so that what sticks below them, and what is scrolled to,
 * is not behind them. Returns the end of it.
 */
export function followStickyTop(bar: HTMLElement): () => void {
  const page = document.documentElement
  const observer = new ResizeObserver(() => {
    // A bar that itself begins above the page's edge is only in the way with what is left of it.
    const top = Number.parseFloat(getComputedStyle(bar).top) || 0
    page.style.setProperty('--sheaf-sticky-top', `${Math.max(0, bar.offsetHeight + top)}px`)
  })
  observer.observe(bar)
  return () => {
    observer.disconnect()
    page.style.removeProperty('--sheaf-sticky-top')
  }
}
