/*
 * A process that opens a store and does what its arguments say, one JSON line for each event. Run with
 * --import tsx --conditions=@sheaf/source.
 */
import { randomBytes } from 'node:crypto'
import { openEmbeddedStores } from '../../src/adapters/embedded/index.ts'

const [, , task, folder, sizeText] = process.argv
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)
const update = new Uint8Array(randomBytes(Number(sizeText ?? 40)))
const operation = (seq) => ({
  seq,
  replicaId: 'ab'.repeat(16),
  counter: seq,
  baseSeq: seq - 1,
  authorId: 'author',
  createdAt: 1,
  versionVector: [[1, seq]],
  update,
})

let stores
try {
  stores = await openEmbeddedStores({
    folder,
    now: Date.now,
    onListenerError: (error) => {
      throw error
    },
  })
} catch (error) {
  say({ event: 'refused', code: error.code, message: error.message })
  process.exit(3)
}
say({ event: 'open' })

if (task === 'append') {
  let seq = await stores.operations.head('doc')
  for (;;) {
    const next = [operation(seq + 1), operation(seq + 2), operation(seq + 3)]
    try {
      await stores.operations.append('doc', next)
    } catch (error) {
      say({ event: 'failed', code: error.code, head: await stores.operations.head('doc'), seq })
      await new Promise((resolve) => setTimeout(resolve, 50))
      continue
    }
    seq += next.length
    say({ event: 'appended', seq })
  }
}
if (task === 'read') {
  try {
    const operations = await stores.operations.read('doc', 0, 1_000_000)
    const document = await stores.documents.get('doc')
    say({ event: 'read', count: operations.length, title: document?.title ?? null })
  } catch (error) {
    say({ event: 'failed', code: error.code })
  }
  await stores.close()
}
if (task === 'hold') setInterval(() => undefined, 1_000)
