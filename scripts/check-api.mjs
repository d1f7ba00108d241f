// The reference of the API says what the doc comments say, and every export has one.
import { existsSync } from 'node:fs'
import { filesBelow, makeReference, referenceFolder } from './api.mjs'
import { report } from './problems.mjs'

const { files, problems } = await makeReference()
const kept = existsSync(referenceFolder) ? filesBelow(referenceFolder) : new Map()
const old = [...new Set([...files.keys(), ...kept.keys()])].filter((path) => files.get(path) !== kept.get(path))
if (old.length > 0)
  problems.push(`docs/reference/api is not what the doc comments say (${old.join(', ')}): npm run api`)
report(problems, `${files.size} pages say what the doc comments say.`)
