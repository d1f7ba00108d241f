// Preloaded into every server under test (node --import): answers the benchmark's questions about the process over IPC.
import { isMainThread } from 'node:worker_threads'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

if (isMainThread && process.send) {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc')
  let delay = null

  const answers = {
    // Processor time of all threads of the process, in milliseconds.
    cpu: () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1000
    },
    // Bytes that are in use after a collection: objects and what they hold outside of the heap.
    memory: async () => {
      for (let round = 0; round < 4; round++) {
        collectGarbage()
        await new Promise((resolve) => setImmediate(resolve))
      }
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    },
    watchLoop: () => {
      delay?.disable()
      delay = monitorEventLoopDelay({ resolution: 1 })
      delay.enable()
      return 0
    },
    // The longest delay of a 1 ms timer since watchLoop, in milliseconds.
    worstStall: () => (delay === null ? 0 : delay.max / 1e6),
  }

  process.on('message', async ({ id, question }) => {
    process.send({ id, answer: await answers[question]() })
  })
  // The channel alone must not keep the server alive when it wants to stop.
  process.channel.unref()
}
