import { createSheafClient, describeSaveStatus, peopleOf } from '@sheaf/client-sdk'
import { createEditor } from '@sheaf/client-sdk/editor'
import { byId } from './elements.ts'
import type { Session } from './session.ts'

/** Puts a document onto the page: its text, its save state, and who else is there. */
export function openDocument(url: string, session: Session, documentId: string): void {
  const client = createSheafClient({ url, token: (request) => session.token(request) })
  const shared = client.open(documentId)
  createEditor(byId('editor'), { document: shared, placeholder: 'Write something, or press / for blocks' })

  const status = byId('status')
  const showStatus = (): void => {
    status.textContent = describeSaveStatus(shared.getSnapshot()).text
  }
  shared.subscribe(showStatus)
  showStatus()

  const people = peopleOf(shared)
  const list = byId('people')
  const showPeople = (): void => {
    list.replaceChildren(
      ...people.getSnapshot().map(({ name, color }) => {
        const entry = document.createElement('li')
        entry.textContent = name
        entry.style.color = color
        return entry
      }),
    )
  }
  people.subscribe(showPeople)
  showPeople()
}
