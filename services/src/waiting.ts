import { setTimeout as sleep } from 'node:timers/promises'

const pauseMs = 20

/**
 * Asks again and again until the answer is yes.
 *
 * @returns false where `limitMs` milliseconds passed without it
 */
export async function becomesTrue(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > deadline) return false
    await sleep(pauseMs)
  }
  return true
}
