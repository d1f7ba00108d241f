import { describe, expect, it } from 'vitest'
import { SheafError, describeNotice } from '../src/index.ts'
import type { DocumentSnapshot } from '../src/index.ts'

const usual = {
  connection: 'connected',
  saveState: 'saved',
  unsavedChanges: 0,
  role: 'editor',
  loaded: true,
  editable: true,
  recovered: 0,
  error: null,
} as unknown as DocumentSnapshot
const notice = (change: Partial<DocumentSnapshot>, wasEditable = true) =>
  describeNotice({ ...usual, ...change }, wasEditable)

describe('the notice of a document', () => {
  it('WO-3 says nothing while all is well, also offline', () => {
    expect(notice({})).toBeNull()
    expect(notice({ connection: 'offline', saveState: 'unsaved', unsavedChanges: 4 })).toBeNull()
  })

  it('WO-3 says why a document became read-only, and whether there is something to export', () => {
    const error = new SheafError('refused', { message: 'Too long.' })
    expect(notice({ saveState: 'refused', unsavedChanges: 2, editable: false, error })).toEqual({
      kind: 'blocked',
      text: 'Too long.',
      exportable: true,
    })
    expect(notice({ editable: false, error: new SheafError('document-deleted') })).toEqual({
      kind: 'blocked',
      text: 'This document was deleted.',
      exportable: false,
    })
  })

  it('WO-3 a withdrawn right is called that, and what was not saved is kept', () => {
    const withdrawn: Partial<DocumentSnapshot> = { role: 'viewer', editable: false }
    expect(notice(withdrawn)?.text).toBe('Your right to edit was withdrawn. You may still read along.')
    const error = new SheafError('refused', { rejection: 'not-allowed' })
    expect(notice({ ...withdrawn, saveState: 'refused', unsavedChanges: 1, error })).toEqual({
      kind: 'blocked',
      text: 'Your right to edit was withdrawn. What was not saved yet stays on this device.',
      exportable: true,
    })
  })

  it('WO-3 to who never could write it is no news, and no matter what the device keeps', () => {
    const reader: Partial<DocumentSnapshot> = { role: 'viewer', editable: false }
    expect(notice(reader, false)).toBeNull()
    expect(notice({ ...reader, error: new SheafError('journal-unavailable') }, false)).toBeNull()
  })

  it('WO-3 a device that keeps nothing is a warning while editing goes on', () => {
    const { message } = new SheafError('journal-unavailable')
    expect(notice({ error: new SheafError('journal-unavailable') })).toEqual({
      kind: 'warning',
      text: message,
      exportable: false,
    })
  })
})
