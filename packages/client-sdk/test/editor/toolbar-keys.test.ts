// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toolbarStep, walkToolbar } from '../../src/editor/index.ts'

let toolbar: HTMLElement
let end: () => void

const control = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`there is no ${id}`)
  return found
}
/** The ids of those that Tab stops at. */
const stops = () =>
  [...toolbar.querySelectorAll<HTMLElement>('button, select')]
    .filter((control) => control.tabIndex === 0 && !control.matches(':disabled'))
    .map(({ id }) => id)
const press = (key: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
  document.activeElement?.dispatchEvent(event)
  return event
}
const focused = () => document.activeElement?.id

beforeEach(() => {
  document.body.innerHTML = `
    <div role="toolbar">
      <select id="style"><option>Text</option></select>
      <button id="undo" disabled>Undo</button>
      <button id="bold">Bold</button>
      <span><button id="link">Link</button><form><input id="address"><button id="add">Add</button></form></span>
      <button id="list">List</button>
    </div>`
  const found = document.querySelector<HTMLElement>('[role=toolbar]')
  if (found === null) throw new Error('there is no toolbar')
  toolbar = found
  end = walkToolbar(toolbar)
})
afterEach(() => {
  end()
  document.body.replaceChildren()
})

describe('the keys of a toolbar', () => {
  it('ED-52 is one stop of Tab, at the control that was used last', () => {
    expect(stops()).toEqual(['style', 'add'])
    control('bold').focus()
    expect(stops()).toEqual(['bold', 'add'])
    control('bold').blur()
    expect(stops()).toEqual(['bold', 'add'])
  })

  it('ED-53 arrows, Home and End go through it, past what is disabled', () => {
    control('style').focus()
    const visited = ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'Home', 'End'].map((key) => {
      expect(press(key).defaultPrevented).toBe(true)
      return focused()
    })
    expect(visited).toEqual(['bold', 'link', 'list', 'style', 'list', 'style', 'list'])
    expect(stops()).toEqual(['add', 'list'])
  })

  it('ED-53 leaves other keys, and those of fields inside, to them', () => {
    control('style').focus()
    expect(press('ArrowDown').defaultPrevented).toBe(false)
    expect(press('ArrowRight', { ctrlKey: true }).defaultPrevented).toBe(false)
    expect(focused()).toBe('style')
    control('address').focus()
    expect(press('ArrowLeft').defaultPrevented).toBe(false)
    expect(press('Home').defaultPrevented).toBe(false)
    expect(focused()).toBe('address')
  })

  it('ED-53 follows the direction of the text', () => {
    expect(toolbarStep('ArrowLeft', 0, 3, 'rtl')).toBe(1)
    expect(toolbarStep('ArrowRight', 0, 3, 'rtl')).toBe(2)
    expect(toolbarStep('Home', 2, 3, 'rtl')).toBe(0)
    expect(toolbarStep('End', 0, 3, 'ltr')).toBe(2)
    expect(toolbarStep('Enter', 0, 3, 'ltr')).toBeNull()
    expect(toolbarStep('ArrowRight', 0, 0, 'ltr')).toBeNull()
  })

  it('ED-54 follows controls that come, go, or are disabled', async () => {
    control('bold').focus()
    control('bold').blur()
    control('bold').setAttribute('disabled', '')
    await expect.poll(stops).toEqual(['style', 'add'])
    const added = document.createElement('button')
    added.id = 'first'
    toolbar.prepend(added)
    await expect.poll(() => added.getAttribute('tabindex')).toBe('-1')
    expect(stops()).toEqual(['style', 'add'])
    control('style').remove()
    await expect.poll(stops).toEqual(['first', 'add'])
  })

  it('ED-54 leaves the controls as they were when it ends', () => {
    end()
    expect(toolbar.querySelectorAll('[tabindex]')).toHaveLength(0)
    control('style').focus()
    expect(press('ArrowRight').defaultPrevented).toBe(false)
  })
})
