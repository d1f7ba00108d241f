import { EditorState } from 'prosemirror-state'
import type { Command } from 'prosemirror-state'
import type { CommandName, EditorCommands } from './commands.ts'

/** Commands one after the other, as `chain().focus().toggleBold().run()`. Nothing happens before `run`. */
export type EditorChain = {
  readonly [Name in CommandName]: (...args: Parameters<EditorCommands[Name]>) => EditorChain
} & {
  /** Puts the focus into the text. */
  readonly focus: () => EditorChain
  /** Runs them in their order, each on what those before it made. False if one of them could not do anything. */
  readonly run: () => boolean
}

/** What `can()` gives: commands that change nothing, and chains of them. */
export type PossibleCommands = EditorCommands & {
  /** `can().chain().setHeading(2).toggleBold().run()`: whether each would do something on what those before it would make. */
  readonly chain: () => EditorChain
}

/**
 * An empty chain.
 * @param begin called before the first command of a run
 */
export function chainOf(commands: EditorCommands, focus: () => void, begin: () => void = () => {}): EditorChain {
  const steps: (() => boolean)[] = []
  const link = (step: () => boolean): EditorChain => {
    steps.push(step)
    return chain
  }
  const entries = Object.entries<(...args: never[]) => boolean>(commands).map(
    ([name, run]) => [name, (...args: never[]) => link(() => run(...args))] as const,
  )
  const chain = Object.assign(Object.fromEntries(entries), {
    focus: () =>
      link(() => {
        focus()
        return true
      }),
    run: () => {
      begin()
      return steps.splice(0).reduce((all, step) => step() && all, true)
    },
  }) as unknown as EditorChain
  return chain
}

/** What is done with a command, by its name. */
export type RunCommand = (command: Command, name: CommandName) => boolean

/**
 * A chain that changes nothing and tells what one would do.
 * @param table makes the commands of something that runs them
 */
export function possibleChain(
  editor: { readonly view: { readonly state: EditorState } },
  table: (run: RunCommand) => EditorCommands,
): EditorChain {
  let tried = editor.view.state
  // Without the plugins, which would take what is tried for what happened. Undo is theirs, and is not tried but asked.
  const begin = (): void => {
    const { doc, selection, storedMarks } = editor.view.state
    tried = EditorState.create({ doc, selection, storedMarks })
  }
  const attempt: RunCommand = (command, name) => {
    if (name === 'undo' || name === 'redo') return command(editor.view.state)
    return command(tried, (tr) => {
      tried = tried.apply(tr)
    })
  }
  return chainOf(table(attempt), () => {}, begin)
}
