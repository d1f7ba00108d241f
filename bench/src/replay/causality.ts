import type { Trace, Transaction } from '../trace.ts'

/** One transaction of an agent, with what its author had before their eyes. */
export interface Step {
  readonly transaction: Transaction
  /** How many transactions of the other agent it builds on: neither fewer nor more may be in the replica. */
  readonly sees: number
}

/** What one agent types, in their own order. */
export interface Script {
  readonly steps: readonly Step[]
  /**
   * Where the agent's operations end, as numbers of own transactions, ascending; the last one is all of them. Wherever the
   * other agent saw part of what was typed, an operation ends, so that part can be sent without the rest.
   */
  readonly cuts: readonly number[]
}

/** More updates than this make no operation. */
const LONGEST_OPERATION = 150

type Pair = readonly [number, number]

/** How many transactions of each agent are in the history of each transaction, itself not counted. */
function histories(trace: Trace): readonly Pair[] {
  const position: number[] = []
  const count = [0, 0]
  const seen: Pair[] = []
  for (const { agent, parents } of trace.transactions) {
    const history: [number, number] = [0, 0]
    for (const parent of parents) {
      const parentAgent = trace.transactions[parent]!.agent
      const inherited = seen[parent]!
      history[0] = Math.max(history[0], inherited[0], parentAgent === 0 ? position[parent]! + 1 : 0)
      history[1] = Math.max(history[1], inherited[1], parentAgent === 1 ? position[parent]! + 1 : 0)
    }
    position.push(count[agent]!)
    if (history[agent as 0 | 1] !== count[agent]) throw new Error('an agent does not build on all of their own work')
    count[agent]!++
    seen.push(history)
  }
  return seen
}

/** Splits a recording of two agents into what each of them does, and when they may do it. */
export function scriptsOf(trace: Trace): readonly [Script, Script] {
  if (trace.agents !== 2) throw new Error('this recording is not one of two agents')
  const seen = histories(trace)
  const steps: [Step[], Step[]] = [[], []]
  for (const [index, transaction] of trace.transactions.entries()) {
    const agent = transaction.agent as 0 | 1
    steps[agent].push({ transaction, sees: seen[index]![agent === 0 ? 1 : 0] })
  }
  return [
    { steps: steps[0], cuts: cutsOf(steps[0].length, steps[1]) },
    { steps: steps[1], cuts: cutsOf(steps[1].length, steps[0]) },
  ]
}

function cutsOf(length: number, readers: readonly Step[]): readonly number[] {
  const looks = new Set([...readers.map((step) => step.sees), length])
  looks.delete(0)
  const cuts: number[] = []
  let last = 0
  for (const look of [...looks].sort((a, b) => a - b)) {
    for (last += LONGEST_OPERATION; last < look; last += LONGEST_OPERATION) cuts.push(last)
    cuts.push(look)
    last = look
  }
  return cuts
}
