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

/** An empty chain. */
export function chainOf(commands: EditorCommands, focus: () => void): EditorChain {
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
    run: () => steps.splice(0).reduce((all, step) => step() && all, true),
  }) as unknown as EditorChain
  return chain
}
