import type { Life, VirtualTime } from './virtual-time.ts'

/** How long calls of a store take, each way, in virtual milliseconds. */
export interface Delays {
  readonly time: VirtualTime
  readonly before: () => number
  readonly after: () => number
}

/** Passes virtual time inside of a life; never resolves when it ends. */
export const wait = async (life: Life, time: VirtualTime, ms: number): Promise<void> =>
  new Promise((resolve) => {
    time.afterIn(life, ms, resolve)
  })

/**
 * A store as seen by something that can die. Calls take virtual time and take effect one after the other; a call that
 * had not taken effect when its caller died never does, and no answer reaches the dead.
 */
export function mortal<Store extends object>(store: Store, life: Life, { time, before, after }: Delays): Store {
  let turn: Promise<unknown> = Promise.resolve()
  return new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      return async (...parameters: unknown[]): Promise<unknown> => {
        const effect = turn.then(async () => {
          await wait(life, time, before())
          return Reflect.apply(value, target, parameters) as unknown
        })
        turn = effect.catch(() => undefined)
        const outcome = await effect.then(
          (result) => () => result,
          (error: unknown) => () => {
            throw error
          },
        )
        await wait(life, time, after())
        return outcome()
      }
    },
  })
}
