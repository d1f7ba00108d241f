import type { SheafDocument } from '../document.ts'
import type { MemoryServer } from './memory-server.ts'
import type { TestPerson } from './test-person.ts'

/** Whether a person could be connected now: what others do while they cannot, nobody waits for. */
export function isReachable(person: TestPerson, server: MemoryServer): boolean {
  return server.isRunning && !person.isGone && person.page.online && !person.network.isHeld
}

function isDocumentAtRest(document: SheafDocument, server: MemoryServer): boolean {
  const { connection, saveState } = document.getSnapshot()
  if (connection === 'closed') return true
  if (connection !== 'connected') return false
  return server.isStalled || saveState === 'saved' || saveState === 'refused'
}

/** Whether nothing more will happen by itself. */
export function isAtRest(person: TestPerson, server: MemoryServer): boolean {
  return !person.network.isBusy && person.documents.every((document) => isDocumentAtRest(document, server))
}

/** How things stand with a person, for people. */
export function standingOf({ name, documents, network }: TestPerson): string {
  const of = (document: SheafDocument): string => {
    const { connection, saveState, error } = document.getSnapshot()
    return `${document.id} is ${connection} and ${saveState}${error === null ? '' : ` (${error.code})`}`
  }
  return `${name}: ${documents.map(of).join(', ')}${network.isBusy ? ', with something on its way' : ''}`
}
