// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it } from 'vitest'
import { mergeUpdatesV2 } from 'yjs'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, element, open, press, text, writtenElsewhere } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

/** Numbers from 0 up to `below`, the same for the same seed. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** So many of the changes write something in the place itself: a character, or a line in code. */
const WRITING = 1

const SEEDS = Array.from({ length: 40 }, (_, index) => 211 + index * 53)

/** What both ends of a selection stay at: a caret at the character before it, if there is one, and a range at those in it. */
function besideSelection({ view }: Editor) {
  const { from, to, empty } = view.state.selection
  const { doc } = view.state
  // Lines of code that become a paragraph are divided by spaces then.
  const before = doc.resolve(to).nodeBefore?.text?.at(-1)?.replace('\n', ' ') ?? ''
  const after = doc.resolve(from).nodeAfter?.text?.at(0)?.replace('\n', ' ') ?? ''
  return { before, after, staysAt: empty && before !== '' ? 'before' : 'both' }
}

describe('two people have a caret in blocks that a third divides, joins and makes others of', () => {
  for (const seed of SEEDS)
    it(`ED-135 both ends of every selection stay at their characters (seed ${seed})`, () => {
      const random = numbers(seed)
      const documents = [new SharedDocument(), new SharedDocument(), new SharedDocument()]
      let written = 0
      // Every character is there once, so that it can be told where it went.
      const fresh = (): string => String.fromCodePoint(0x4e00 + written++)
      const start = writtenElsewhere((root) =>
        root.insert(
          0,
          [12, 30, 1, 0, 7].map((length) =>
            element('paragraph', length === 0 ? [] : [text(Array.from({ length }, fresh).join(''))]),
          ),
        ),
      )
      for (const one of documents) one.receive(start)
      const [changer, ...writers] = documents.map((one) => open(one))
      if (changer === undefined) throw new Error('nobody is here')
      const somewhere = ({ view }: Editor, isRange: boolean): void => {
        const { doc } = view.state
        const place = () => doc.resolve(random(doc.content.size + 1))
        const head = TextSelection.near(place()).$head
        view.dispatch(
          view.state.tr.setSelection(isRange ? TextSelection.between(head, place()) : new TextSelection(head)),
        )
      }
      const { commands } = changer
      const changes = [
        () => changer.view.dispatch(changer.view.state.tr.insertText(fresh())),
        () => press(changer, 'Enter'),
        () => press(changer, 'Shift-Enter'),
        () => changer.view.state.selection.$head.parentOffset === 0 && press(changer, 'Backspace'),
        () => commands.setHeading(1 + random(3)),
        () => commands.setParagraph(),
        () => commands.toggleCodeBlock(),
        () => commands.toggleBulletList(),
        () => commands.toggleBlockquote(),
      ]
      const send = (from: SharedDocument): void => {
        const updates = from.sent.splice(0)
        if (updates.length > 0) for (const to of documents) if (to !== from) to.receive(mergeUpdatesV2(updates))
      }
      for (let step = 0; step < 60; step++) {
        for (const writer of writers) somewhere(writer, random(4) === 0)
        const stood = writers.map(besideSelection)
        somewhere(changer, false)
        const change = random(changes.length)
        const isWriting = change <= WRITING
        changes[change]?.()
        for (const one of documents) send(one)
        writers.forEach((writer, index) => {
          const now = besideSelection(writer)
          const { before, after, staysAt } = stood[index] ?? now
          if (before !== '') expect(now.before, `step ${step}`).toBe(before)
          // What somebody writes at the very place comes behind the caret, and is not selected.
          if (after !== '' && staysAt === 'both' && !isWriting) expect(now.after, `step ${step}`).toBe(after)
        })
        const writer = writers[random(2)]
        writer?.view.dispatch(writer.view.state.tr.setSelection(TextSelection.near(writer.view.state.selection.$head)))
        writer?.view.dispatch(writer.view.state.tr.insertText(fresh()))
        for (const one of documents) send(one)
      }
      const [first, second, third] = [changer, ...writers].map((editor) => JSON.stringify(editor.getJSON()))
      expect(second).toBe(first)
      expect(third).toBe(first)
    })
})
