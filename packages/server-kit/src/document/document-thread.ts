import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { createDocumentWork } from './document-work.ts'
import type { DocumentWork, WorkLimits } from './document-work.ts'
import { SheafServerError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

/** Where work on the content of documents happens: a worker thread, or this thread in a simulation. */
export interface DocumentThread extends DocumentWork {
  close(): Promise<void>
}

/** Does the work in the caller's thread: deterministic, and blocking. */
export function createInlineDocumentThread(limits: WorkLimits): DocumentThread {
  return { ...createDocumentWork(limits), close: async () => undefined }
}

type TaskName = keyof DocumentWork

interface Task {
  readonly id: number
  readonly name: TaskName
  readonly args: readonly unknown[]
}

type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly message: string } }

interface Waiting {
  readonly resolve: (result: never) => void
  readonly reject: (error: Error) => void
}

const ROLE = 'sheaf-document-thread'

/**
 * Starts the worker thread. When it dies, everything that it was doing rejects with `unavailable` and the next task starts
 * another one: nothing that it holds is more than a copy of what is stored.
 */
export function createDocumentThread(limits: WorkLimits): DocumentThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let nextId = 1
  let closed = false

  const failAll = (reason: string): void => {
    worker = null
    for (const { reject } of waiting.values()) reject(new SheafServerError('unavailable', reason))
    waiting.clear()
  }

  const start = (): Worker => {
    const started = THREAD_FILE.pathname.endsWith('.ts') ? startFromSource(limits) : startBuilt(limits)
    started.unref()
    started.on('message', (answer: Answer) => {
      const { resolve, reject } = waiting.get(answer.id) ?? {}
      waiting.delete(answer.id)
      if (waiting.size === 0) started.unref()
      if ('error' in answer) reject?.(new SheafServerError(answer.error.code, answer.error.message))
      else resolve?.(answer.result as never)
    })
    started.on('error', (error: Error) => {
      if (worker === started) failAll(`The document thread failed: ${error.message}`)
    })
    started.on('exit', () => {
      if (worker === started) failAll('The document thread ended.')
    })
    return started
  }

  const call = <T>(name: TaskName, args: readonly unknown[], transfer: readonly Uint8Array[] = []): Promise<T> => {
    if (closed) return Promise.reject(new SheafServerError('draining'))
    worker ??= start()
    const running = worker
    const id = nextId++
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      // A process that waits for an answer stays alive for it.
      running.ref()
      running.postMessage({ id, name, args } satisfies Task, transfer.map(ownBuffer))
    })
  }

  return {
    seed: (...args) => call('seed', args),
    fold: (documentId, after, operations, base) => {
      const own = operations.slice()
      return call('fold', base === undefined ? [documentId, after, own] : [documentId, after, own, base], [own])
    },
    snapshot: (...args) => call('snapshot', args),
    render: (...args) => call('render', args),
    restore: (...args) => call('restore', args),
    compare: (...args) => call('compare', args),
    forget: (...args) => call('forget', args),
    close: async () => {
      if (closed) return
      closed = true
      const ending = worker
      failAll('The document thread is closed.')
      await ending?.terminate()
    },
  }
}

/** This file, next to whatever part of the build holds the code that starts the thread. */
const THREAD_FILE = import.meta.url.endsWith('.ts')
  ? new URL(import.meta.url)
  : new URL(import.meta.resolve('@sheaf/server-kit/document-thread'))

const startBuilt = (limits: WorkLimits): Worker =>
  new Worker(THREAD_FILE, { workerData: { role: ROLE, limits }, execArgv: [] })

/** From source, TypeScript has to be understood in the thread before its file is loaded; `--import tsx` does not reach it. */
function startFromSource(limits: WorkLimits): Worker {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'))
  const loader = JSON.stringify(new URL('dist/esm/api/index.mjs', tsx).href)
  const source = `import(${loader}).then(({ register }) => { register(); return import(${JSON.stringify(THREAD_FILE.href)}) })`
  return new Worker(source, {
    eval: true,
    workerData: { role: ROLE, limits },
    execArgv: ['--conditions=@sheaf/source'],
  })
}

const ownBuffer = (bytes: Uint8Array): ArrayBuffer => bytes.buffer as ArrayBuffer

/** Bytes of an answer that are whole buffers of their own are handed over instead of being copied. */
function transferable(result: unknown): ArrayBuffer[] {
  const candidates = result instanceof Uint8Array ? [result] : Object.values(Object(result))
  return candidates.flatMap((value) =>
    value instanceof Uint8Array && value.byteLength === value.buffer.byteLength && value.buffer instanceof ArrayBuffer
      ? [value.buffer]
      : [],
  )
}

function serve(limits: WorkLimits): void {
  const work = createDocumentWork(limits)
  parentPort?.on('message', ({ id, name, args }: Task) => {
    const run = work[name] as (...args: readonly unknown[]) => Promise<unknown>
    run(...args).then(
      (result) => parentPort?.postMessage({ id, result } satisfies Answer, transferable(result)),
      (error: unknown) => {
        const known = error instanceof SheafServerError
        const code = known ? error.code : 'internal'
        const message = error instanceof Error ? error.message : 'unknown'
        parentPort?.postMessage({ id, error: { code, message } } satisfies Answer)
      },
    )
  })
}

if (!isMainThread && workerData?.role === ROLE) serve(workerData.limits)
