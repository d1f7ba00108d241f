import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSheaf } from './contenders/sheaf.ts'
import { freshText, replayAlone, replayTogether, storedText } from './replay/replay.ts'
import { loadTrace } from './trace.ts'

let failed = false

function check(name: string, who: string, text: string, expected: string): void {
  const equal = text === expected
  if (!equal) failed = true
  console.log(`${equal ? 'equal' : 'DIFFERENT'}: ${name}, ${who} (${text.length} of ${expected.length} characters)`)
}

for (const name of ['friendsforever', 'automerge-paper']) {
  const trace = loadTrace(name)
  if (trace === null) {
    console.log(`${name}: not here; set SHEAF_TRACES to the folder of the recordings`)
    continue
  }
  const folder = await mkdtemp(join(tmpdir(), 'sheaf-traces-'))
  const host = await startSheaf(folder)
  const replayed = await (trace.agents === 1 ? replayAlone(host, trace) : replayTogether(host, trace))
  console.log(
    `\n${name}: ${replayed.edits} transactions in ${replayed.operations} operations, ${replayed.seconds.toFixed(1)} s, all committed`,
  )
  console.log(`parents: ${replayed.causality}`)
  for (const [who, text] of replayed.texts) check(name, who, text, trace.endContent)
  check(name, 'a fresh client', await freshText(host, replayed.documentId), trace.endContent)
  check(name, 'stored snapshot and operations after it', await storedText(host, replayed.documentId), trace.endContent)
  await host.stop()
  const again = await startSheaf(folder, host.api)
  check(name, 'a fresh client after a restart', await freshText(again, replayed.documentId), trace.endContent)
  check(name, 'stored, after a restart', await storedText(again, replayed.documentId), trace.endContent)
  await again.stop()
  await rm(folder, { recursive: true, force: true })
}

process.exit(failed ? 1 : 0)
