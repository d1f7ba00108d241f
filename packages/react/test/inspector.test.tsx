import { SheafError } from '@sheaf/client-sdk'
import { fakeClock, fakeDocument } from '@sheaf/client-sdk/testing'
import type { FakeDocument } from '@sheaf/client-sdk/testing'
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { StrictMode, useState } from 'react'
import type { ReactElement } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Inspector, SaveStatus, useOutbox } from '../src/index.ts'

afterEach(cleanup)

const change = (work: () => void) => act(async () => work())
const table = () => screen.getByRole('table', { name: 'Operations, newest first' })
const rows = () =>
  within(table())
    .getAllByRole('row')
    .slice(1)
    .map((row) => [...row.children].slice(0, 4).map(({ textContent }) => textContent))
const summary = () => document.querySelector('.sheaf-inspector-summary')

describe('useOutbox', () => {
  function Steps({ document: opened }: { document: FakeDocument | null }): ReactElement {
    return <p>{useOutbox(opened).map(({ counter, step }) => `${counter} ${step};`)}</p>
  }

  it('RB-14 gives the operations on their way and the last durable ones', async () => {
    const opened = fakeDocument({ id: 'a' })
    const { container } = render(<Steps document={opened} />)
    await change(() => opened.setOutbox([{ step: 'on-device', edits: 3 }]))
    expect(container.textContent).toBe('1 on-device;')
    await change(() => opened.setOutbox(['sent']))
    expect(container.textContent).toBe('1 sent;')
    await change(() => opened.setOutbox(['sent', 'on-device']))
    await change(() => opened.setOutbox([{ step: 'durable', seq: 7 }, 'on-device']))
    expect(container.textContent).toBe('1 durable;2 on-device;')
  })

  it('RB-14 observes only while a component uses it, also under StrictMode', () => {
    const opened = fakeDocument({ id: 'a' })
    const { unmount } = render(<Steps document={opened} />, { wrapper: StrictMode })
    expect(opened.outboxListeners).toBe(1)
    unmount()
    expect(opened.outboxListeners).toBe(0)
  })

  it('RB-14 is empty without a document and on a server', () => {
    expect(render(<Steps document={null} />).container.textContent).toBe('')
    const opened = fakeDocument({ id: 'a', outbox: ['on-device'] })
    expect(renderToString(<Steps document={opened} />)).toBe('<p></p>')
  })
})

describe('Inspector', () => {
  it('RB-31 lists each operation with its step, newest first, and what is known of the document', async () => {
    const clock = fakeClock(Date.parse('2026-03-02T08:05:09.000Z'))
    const opened = fakeDocument({ id: 'a', clock })
    render(<Inspector document={opened} className="mine" />)
    expect(screen.getByRole('region', { name: 'Save details' }).className).toBe('sheaf-inspector mine')
    expect(rows()).toEqual([['Nothing is waiting.']])
    await change(() => opened.setOutbox([{ step: 'received', edits: 3 }, 'sent']))
    expect(rows()).toEqual([
      ['2', '1', '40 bytes', 'Sent'],
      ['1', '3', '40 bytes', 'Received by the server'],
    ])
    await change(() => opened.setOutbox([{ step: 'durable', seq: 12 }, 'sent']))
    expect(rows()[1]).toEqual(['1', '3', '40 bytes', 'Durable, place 12'])
    const heads = within(table()).getAllByRole('columnheader')
    expect(heads.map(({ textContent }) => textContent)).toEqual(['Operation', 'Edits', 'Size', 'Step', 'Since'])
    expect(within(table()).getByRole('rowheader', { name: '2' })).toBeTruthy()
    expect(table().querySelector('time')?.getAttribute('datetime')).toBe('2026-03-02T08:05:09.000Z')
    expect(screen.getByText('Connection').nextSibling?.textContent).toBe('Connected')
    await change(() => opened.change({ recovered: 12, error: new SheafError('unavailable') }))
    expect(screen.getByText('Edits recovered from an earlier visit').nextSibling?.textContent).toBe('12')
    expect(screen.getByText('Problem').nextSibling?.textContent).toContain('(unavailable)')
  })

  it('RB-32 reads out one sentence, only when it changes, and rows keep their place', async () => {
    const opened = fakeDocument({ id: 'a' })
    render(<Inspector document={opened} />)
    const said: (string | null | undefined)[] = [summary()?.textContent]
    const observer = new MutationObserver(() => said.push(summary()?.textContent))
    const region = summary()
    if (region === null) throw new Error('there is no summary')
    expect(region.getAttribute('role')).toBe('status')
    observer.observe(region, { childList: true, characterData: true, subtree: true })
    await change(() => opened.setOutbox(['on-device']))
    const row = within(table()).getAllByRole('row')[1]
    await change(() => opened.setOutbox(['sent']))
    await change(() => opened.setOutbox(['sent', { step: 'on-device', edits: 5 }]))
    await change(() => opened.setOutbox(['received', 'received']))
    await change(() => opened.setOutbox(['durable', 'received']))
    expect(within(table()).getAllByRole('row')[2]).toBe(row)
    await change(() => opened.setOutbox(['durable', 'durable']))
    await Promise.resolve()
    observer.disconnect()
    expect(said).toEqual(['Every edit is durable.', 'Edits are on their way.', 'Every edit is durable.'])
    expect(table().closest('[aria-live]')).toBeNull()
  })

  it('RB-32 says that edits wait, and that one was refused', async () => {
    const opened = fakeDocument({ id: 'a' })
    render(<Inspector document={opened} />)
    await change(() => {
      opened.setOutbox(['on-device'])
      opened.change({ connection: 'offline' })
    })
    expect(summary()?.textContent).toBe('Edits wait on this device for a connection.')
    await change(() => opened.setOutbox(['refused']))
    expect(summary()?.textContent).toMatch(/refused/)
    expect(table().querySelector('[data-step=refused]')).toBeTruthy()
  })
})

describe('SaveStatus with details', () => {
  const button = () => screen.getByRole('button', { name: 'Save details' })
  const box = () => screen.queryByRole('dialog', { name: 'Save details' })

  it('RB-30 opens the inspector beside it, and closes it with Escape, with the focus back on the button', () => {
    const opened = fakeDocument({ id: 'a' })
    render(<SaveStatus document={opened} details />)
    expect(screen.getByRole('status', { name: 'Save status' }).textContent).toBe('Saved')
    expect(button().getAttribute('aria-expanded')).toBe('false')
    expect(box()).toBeNull()
    expect(opened.outboxListeners).toBe(0)
    fireEvent.click(button())
    expect(button().getAttribute('aria-expanded')).toBe('true')
    expect(button().getAttribute('aria-controls')).toBe(box()?.id)
    expect(document.activeElement).toBe(box())
    expect(table()).toBeTruthy()
    fireEvent.keyDown(table(), { key: 'Escape' })
    expect(box()).toBeNull()
    expect(document.activeElement).toBe(button())
    expect(opened.outboxListeners).toBe(0)
  })

  it('RB-30 closes it by its button, by a press elsewhere and by leaving it, not by a press inside', () => {
    const opened = fakeDocument({ id: 'a' })
    render(
      <>
        <SaveStatus document={opened} details />
        <button type="button">Elsewhere</button>
      </>,
    )
    fireEvent.click(button())
    fireEvent.pointerDown(table())
    expect(box()).not.toBeNull()
    fireEvent.click(button())
    expect(box()).toBeNull()
    fireEvent.click(button())
    fireEvent.pointerDown(document.body)
    expect(box()).toBeNull()
    fireEvent.click(button())
    act(() => screen.getByRole('button', { name: 'Elsewhere' }).focus())
    expect(box()).toBeNull()
  })

  it('RB-30 leaves an Escape that closes nothing to whoever is around', () => {
    const around = vi.fn()
    function Page(): ReactElement {
      const [opened] = useState(() => fakeDocument({ id: 'a' }))
      return (
        <div onKeyDown={around}>
          <SaveStatus document={opened} details />
        </div>
      )
    }
    render(<Page />)
    fireEvent.keyDown(button(), { key: 'Escape' })
    expect(around).toHaveBeenCalledTimes(1)
    fireEvent.click(button())
    fireEvent.keyDown(button(), { key: 'Escape' })
    expect(around).toHaveBeenCalledTimes(1)
  })
})
