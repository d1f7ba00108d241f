// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it } from 'vitest'
import { mergeUpdatesV2 } from 'yjs'
import { SharedDocument, element, open, text, writtenElsewhere } from './shared-document.ts'

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

const SEEDS = Array.from({ length: 60 }, (_, index) => 101 + index * 37)

describe('two people type while a third changes kinds of blocks', () => {
  for (const seed of SEEDS)
    it(`ED-130 every character is there once, for everybody (seed ${seed})`, () => {
      const random = numbers(seed)
      const documents = [new SharedDocument(), new SharedDocument(), new SharedDocument()]
      const start = writtenElsewhere((root) =>
        root.insert(
          0,
          ['one', 'two', 'three'].map((line) => element('paragraph', line === '' ? [] : [text(line)])),
        ),
      )
      for (const one of documents) one.receive(start)
      const editors = documents.map((one) => open(one))
      /** Operations in the order of the server, and how many of them each has. */
      const log: { readonly from: number; readonly update: Uint8Array }[] = []
      const heard = [0, 0, 0]
      const typed: string[] = []
      const send = (who: number): void => {
        const updates = documents[who]?.sent.splice(0) ?? []
        if (updates.length > 0) log.push({ from: who, update: mergeUpdatesV2(updates) })
      }
      const hear = (who: number, upTo: number): void => {
        const updates = log.slice(heard[who] ?? 0, upTo).filter(({ from }) => from !== who)
        heard[who] = Math.max(heard[who] ?? 0, upTo)
        // One frame may bring several operations, in one transaction.
        if (random(2) === 0) documents[who]?.receive(...updates.map(({ update }) => update))
        else for (const { update } of updates) documents[who]?.receive(update)
      }
      const somewhere = (who: number): void => {
        const view = editors[who]?.view
        if (view === undefined) return
        const $place = view.state.doc.resolve(random(view.state.doc.content.size + 1))
        view.dispatch(view.state.tr.setSelection(TextSelection.near($place)))
      }
      const write = (who: number): void => {
        const view = editors[who]?.view
        if (random(3) === 0) somewhere(who)
        const character = String.fromCodePoint(0x4e00 + typed.length)
        typed.push(character)
        view?.dispatch(view.state.tr.insertText(character))
      }
      const change = (): void => {
        const editor = editors[2]
        if (editor === undefined) return
        somewhere(2)
        const { commands } = editor
        const kinds = [
          () => commands.setHeading(1 + random(3)),
          () => commands.setParagraph(),
          () => commands.toggleCodeBlock(),
          () => commands.toggleBulletList(),
          () => commands.toggleTaskList(),
          () => commands.toggleBlockquote(),
        ]
        kinds[random(kinds.length)]?.()
      }
      for (let step = 0; step < 120; step++) {
        const who = random(3)
        const what = random(9)
        if (what < 3) send(who)
        else if (what < 5) hear(who, log.length)
        else if (who === 2) change()
        else write(who)
      }
      while (documents.some(({ sent }) => sent.length > 0) || heard.some((count) => count < log.length))
        for (const who of [0, 1, 2]) {
          send(who)
          hear(who, log.length)
        }
      const [first, second, third] = editors.map((editor) => JSON.stringify(editor.getJSON()))
      expect(second).toBe(first)
      expect(third).toBe(first)
      const words = editors[0]?.view.state.doc.textContent ?? ''
      const times = (character: string): number => words.split(character).length - 1
      expect(typed.map((character) => character + times(character)).filter((one) => !one.endsWith('1'))).toEqual([])
    })
})
