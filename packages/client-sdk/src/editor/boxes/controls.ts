/** A button that leaves the selection in the text alone. */
export function button(label: string, run: () => void, className = ''): HTMLButtonElement {
  const made = globalThis.document.createElement('button')
  made.type = 'button'
  made.className = className
  made.textContent = label
  // Taking the focus away from the view would lose the selection that the command is about.
  made.addEventListener('mousedown', (event) => event.preventDefault())
  made.addEventListener('click', run)
  return made
}

/** A field with its name for a screen reader. */
export function field(label: string, placeholder = ''): HTMLInputElement {
  const made = globalThis.document.createElement('input')
  made.type = 'text'
  made.setAttribute('aria-label', label)
  made.placeholder = placeholder
  return made
}

/** A drawing of 24 by 24, in strokes. */
export function icon(paths: readonly string[]): SVGSVGElement {
  const drawing = globalThis.document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  drawing.setAttribute('viewBox', '0 0 24 24')
  drawing.setAttribute('aria-hidden', 'true')
  for (const path of paths) {
    const line = globalThis.document.createElementNS('http://www.w3.org/2000/svg', 'path')
    line.setAttribute('d', path)
    drawing.append(line)
  }
  return drawing
}
