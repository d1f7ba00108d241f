import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { describe, expect, it, vi } from 'vitest'
import { initialsOf, peopleOf } from '../src/index.ts'

function awarenessWith(...states: unknown[]): Awareness {
  const awareness = new Awareness(new Y.Doc())
  states.forEach((state, index) => awareness.states.set(index + 1, state as Record<string, unknown>))
  return awareness
}

const tell = (awareness: Awareness) => awareness.emit('change', [{ added: [], updated: [1], removed: [] }, 'remote'])
const ada = { id: 'a', name: 'Ada', color: '#112233' }
const ben = { id: 'b', name: 'Ben', color: '#445566' }

describe('the people in a document', () => {
  it('PP-1 each person is listed once, by name, however many windows they have, and oneself is not', () => {
    const awareness = awarenessWith({ user: ben }, { user: ada }, { user: ada })
    awareness.setLocalState({ user: { id: 'me', name: 'Me', color: '#000000' } })
    expect(peopleOf({ awareness }).getSnapshot()).toEqual([ada, ben])
  })

  it('PP-2 the list is the same object while nobody comes or goes, and carets that move tell nobody', () => {
    const awareness = awarenessWith({ user: ada })
    const people = peopleOf({ awareness })
    const changed = vi.fn()
    const end = people.subscribe(changed)
    const before = people.getSnapshot()
    awareness.states.set(1, { user: { ...ada }, cursor: { anchor: 1, head: 2 } })
    tell(awareness)
    expect(people.getSnapshot()).toBe(before)
    expect(changed).not.toHaveBeenCalled()
    awareness.states.set(2, { user: ben })
    awareness.emit('change', [{ added: [2], updated: [], removed: [] }, 'remote'])
    expect(changed).toHaveBeenCalledTimes(1)
    expect(people.getSnapshot()).toEqual([ada, ben])
    end()
    awareness.states.delete(1)
    tell(awareness)
    expect(changed).toHaveBeenCalledTimes(1)
  })

  it('PP-3 a state of any shape is no person and never throws, and a colour is a colour', () => {
    const shapes = [
      null,
      5,
      'x',
      [],
      {},
      { user: 5 },
      { user: null },
      { user: { id: 1, name: 'x' } },
      { user: { id: 'x' } },
    ]
    const styled = { user: { id: 'c', name: 'Cleo', color: 'red;background:url(//evil.example)' } }
    expect(peopleOf({ awareness: awarenessWith(...shapes, styled) }).getSnapshot()).toEqual([
      { id: 'c', name: 'Cleo', color: '#64748b' },
    ])
  })

  it('PP-4 initials are one or two letters of a name', () => {
    expect(initialsOf('Ada Lovelace')).toBe('AL')
    expect(initialsOf('ada')).toBe('A')
    expect(initialsOf('  Grace  Brewster Hopper ')).toBe('GH')
    expect(initialsOf('')).toBe('')
    expect(initialsOf('🦉 owl')).toBe('🦉O')
  })

  it('PP-2 a person who has another name or colour from now on is told of, at the caret that tells it', () => {
    const awareness = awarenessWith({ user: ada }, { user: ben })
    const people = peopleOf({ awareness })
    const changed = vi.fn()
    people.subscribe(changed)
    awareness.states.set(1, { user: { ...ada, color: '#000000' } })
    tell(awareness)
    expect(people.getSnapshot()[0]?.color).toBe('#000000')
    awareness.states.set(1, { user: 5 })
    tell(awareness)
    expect(people.getSnapshot()).toEqual([ben])
    expect(changed).toHaveBeenCalledTimes(2)
  })

  it('PP-5 of ten thousand people nobody is looked at again whose caret did not move', () => {
    let looks = 0
    const awareness = awarenessWith(
      ...Array.from({ length: 10_000 }, (_, index) => ({
        get user() {
          looks += 1
          return { ...ada, id: `u${index}`, name: `Ada ${index}` }
        },
      })),
    )
    const people = peopleOf({ awareness })
    const changed = vi.fn()
    people.subscribe(changed)
    expect(people.getSnapshot()).toHaveLength(10_000)
    looks = 0
    for (let moved = 1; moved <= 200; moved++)
      awareness.emit('change', [{ added: [], updated: [moved, moved + 1], removed: [] }, 'remote'])
    expect(looks).toBeLessThan(2_000)
    expect(changed).not.toHaveBeenCalled()
    expect(people.getSnapshot()).toHaveLength(10_000)
  })
})
