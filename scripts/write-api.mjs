// Writes the reference of the API anew, after a doc comment or what is exported has changed.
import './node-version.mjs'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeReference, referenceFolder } from './api.mjs'
import { report } from './problems.mjs'

const { files, problems } = await makeReference()
if (files.size > 0) rmSync(referenceFolder, { recursive: true, force: true })
for (const [path, markdown] of files) {
  const file = join(referenceFolder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, markdown)
}
report(problems, `${files.size} pages are written.`)
