import type { Awareness } from 'y-protocols/awareness'

/** Somebody else who has the document open, in however many windows. */
export interface Person {
  readonly id: string
  readonly name: string
  /** Six hexadecimal digits behind a `#`. */
  readonly color: string
}

/** Who else is here, to look at and to subscribe to. The list stays the same object while nobody comes or goes. */
export interface People {
  getSnapshot(): readonly Person[]
  subscribe(listener: () => void): () => void
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Null for whatever is not the presence of a person: it comes from other people's devices. */
function readPerson(state: unknown): Person | null {
  const user = isRecord(state) ? state['user'] : null
  if (!isRecord(user)) return null
  const { id, name, color } = user
  if (typeof id !== 'string' || typeof name !== 'string') return null
  return { id, name, color: typeof color === 'string' && /^#[0-9a-f]{6}$/i.test(color) ? color : '#64748b' }
}

const byName = new Intl.Collator()

function readPeople(awareness: Awareness): readonly Person[] {
  const byId = new Map<string, Person>()
  for (const [clientId, state] of awareness.getStates()) {
    const person = clientId === awareness.clientID ? null : readPerson(state)
    if (person !== null && !byId.has(person.id)) byId.set(person.id, person)
  }
  return [...byId.values()].sort((a, b) => byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1))
}

const samePerson = (a: Person | undefined, b: Person | undefined): boolean =>
  a?.id === b?.id && a?.name === b?.name && a?.color === b?.color

const samePeople = (a: readonly Person[], b: readonly Person[]): boolean =>
  a.length === b.length && a.every((person, index) => samePerson(person, b[index]))

/** From so many carets on, looking at everybody once costs less than looking for each. */
const MANY = 10

interface AwarenessChange {
  readonly added: readonly number[]
  readonly updated: readonly number[]
  readonly removed: readonly number[]
}

/** The people in a document besides oneself, by name. Carets that move are no change of it. */
export function peopleOf(document: { readonly awareness: Awareness }): People {
  const { awareness } = document
  let people = readPeople(awareness)
  const isKnown = (clientId: number): boolean => {
    if (clientId === awareness.clientID) return true
    const person = readPerson(awareness.getStates().get(clientId))
    return person !== null && people.some((known) => samePerson(known, person))
  }
  const getSnapshot = (): readonly Person[] => {
    const now = readPeople(awareness)
    if (!samePeople(people, now)) people = now
    return people
  }
  return {
    getSnapshot,
    subscribe: (listener) => {
      const onChange = ({ added, updated, removed }: AwarenessChange): void => {
        // The usual change is a caret that moved: with many people here it must not cost a look at all of them.
        if (added.length + removed.length === 0 && updated.length < MANY && updated.every(isKnown)) return
        const before = people
        if (getSnapshot() !== before) listener()
      }
      awareness.on('change', onChange)
      return () => awareness.off('change', onChange)
    },
  }
}

/** One or two letters that stand for a name where there is no room for it. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words
  return letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase()
}
