import { mayEdit } from '@sheaf/protocol'
import { SheafError } from '../errors.ts'
import type { DocumentSnapshot } from '../status.ts'

/** What a test says of the state of a document; what it leaves out is made to fit. */
export type Stated = Partial<DocumentSnapshot>

function connectionOf({ loaded = true, saveState }: Stated): DocumentSnapshot['connection'] {
  if (!loaded) return 'connecting'
  return saveState === 'unsaved' ? 'reconnecting' : 'connected'
}

/** A snapshot as the real client could show it: a document of which somebody is a viewer is not editable, and so on. */
export function snapshotFrom(stated: Stated): DocumentSnapshot {
  const unsaved = stated.unsavedChanges ?? 0
  const saveState = stated.saveState ?? (unsaved > 0 ? 'saving' : 'saved')
  const loaded = stated.loaded ?? true
  const connection = stated.connection ?? connectionOf({ ...stated, saveState })
  const role = stated.role === undefined ? (loaded ? 'editor' : null) : stated.role
  const refusal = saveState === 'refused' ? new SheafError('refused', { rejection: 'structure' }) : null
  const mayBeEdited = loaded && connection !== 'closed' && saveState !== 'refused' && mayEdit(role)
  return {
    connection,
    saveState,
    unsavedChanges: stated.unsavedChanges ?? (saveState === 'saved' ? 0 : 1),
    role,
    loaded,
    editable: stated.editable ?? mayBeEdited,
    recovered: stated.recovered ?? 0,
    device: stated.device ?? 'keeps-edits',
    error: stated.error ?? refusal,
  }
}

/** What is stated after a change: of what was stated before, that which the change does not decide anew. */
export function restated(before: Stated, change: Stated): Stated {
  const { unsavedChanges, error, editable, connection, ...steady } = before
  const keeps = change.saveState === undefined
  const isStillUnsaved = change.saveState !== 'saved' && unsavedChanges !== 0
  const entries = Object.entries({
    unsavedChanges: keeps || isStillUnsaved ? unsavedChanges : undefined,
    error: keeps ? error : undefined,
    editable: keeps && change.role === undefined && change.loaded === undefined ? editable : undefined,
    connection: keeps && change.loaded === undefined ? connection : undefined,
  }).filter(([, value]) => value !== undefined)
  return { ...steady, ...Object.fromEntries(entries), ...change }
}
