import { describe, expect, it } from 'vitest'
import { SheafError, describeSaveStatus } from '../src/index.ts'
import type { ConnectionStatus, DocumentSnapshot, SaveState } from '../src/index.ts'
import { fakeDocument } from '../src/testing/index.ts'

const line = (change: Partial<DocumentSnapshot>) => describeSaveStatus(fakeDocument(change).getSnapshot())

const CONNECTIONS: ConnectionStatus[] = ['connecting', 'connected', 'reconnecting', 'offline', 'closed']
const SAVE_STATES: SaveState[] = ['saved', 'saving', 'unsaved', 'refused']

describe('the save status in words', () => {
  it('SS-1 says Saved only when everything is committed and the connection stands', () => {
    for (const connection of CONNECTIONS)
      for (const saveState of SAVE_STATES)
        for (const loaded of [true, false])
          for (const editable of [true, false]) {
            const { state, text } = line({ connection, saveState, loaded, editable })
            const safe = connection === 'connected' && saveState === 'saved' && loaded && editable
            expect(text.startsWith('Saved')).toBe(safe)
            expect(state === 'saved').toBe(safe)
          }
  })

  it('SS-2 counts what is on this device only', () => {
    expect(line({ connection: 'offline', saveState: 'unsaved', unsavedChanges: 12 }).text).toBe(
      'Offline – 12 changes on this device',
    )
    expect(line({ connection: 'reconnecting', saveState: 'unsaved', unsavedChanges: 1 }).text).toBe(
      'Reconnecting – 1 change on this device',
    )
    expect(line({ saveState: 'saving', unsavedChanges: 3 }).text).toBe('Saving…')
    expect(line({ connection: 'offline' }).text).toBe('Offline – nothing unsaved')
  })

  it('SS-3 says why one may only read, and what became of one’s edits', () => {
    const error = new SheafError('forbidden')
    expect(line({ saveState: 'refused', unsavedChanges: 2, editable: false, error })).toEqual({
      state: 'refused',
      text: `Read only: ${error.message} 2 changes kept on this device.`,
    })
    expect(
      line({
        saveState: 'refused',
        unsavedChanges: 1,
        editable: false,
        role: 'viewer',
        error: new SheafError('refused'),
      }).text,
    ).toBe('Read only: you may view this document. 1 change kept on this device.')
    expect(line({ editable: false, role: 'viewer' }).text).toBe('Read only: you may view this document')
    expect(line({ loaded: false, editable: false, error: new SheafError('not-found') }).text).toBe(
      new SheafError('not-found').message,
    )
  })

  it('SS-4 does not say of what the device lost that it is on the device', () => {
    const lost: Partial<DocumentSnapshot> = { device: 'keeps-nothing', saveState: 'unsaved', unsavedChanges: 2 }
    expect(line({ ...lost, connection: 'offline' }).text).toBe('Offline – 2 changes in this page only')
    expect(line({ ...lost, connection: 'connected' }).text).toBe('Not saved yet – 2 changes in this page only')
    const error = new SheafError('forbidden')
    expect(line({ ...lost, saveState: 'refused', editable: false, error }).text).toBe(
      `Read only: ${error.message} 2 changes in this page only.`,
    )
    expect(line({ device: 'keeps-nothing' }).text).toBe('Saved')
  })
})
