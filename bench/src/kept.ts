import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import type { Edit } from './traffic.ts'

const folder = fileURLToPath(new URL('../.cache/', import.meta.url))

/** Makes an edit that takes long to make once, and keeps it for the runs after this one. Delete `.cache` to make it anew. */
export function keptEdit(name: string, make: () => Edit): Edit {
  const path = `${folder}${name}`
  if (existsSync(path)) return deserialize(readFileSync(path)) as Edit
  const edit = make()
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${path}.next`, serialize(edit))
  renameSync(`${path}.next`, path)
  return edit
}
