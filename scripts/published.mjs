import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.mjs'
import { packageFolders } from './files.mjs'

/**
 * The packages that others install.
 *
 * @returns {{name: string, folder: string, manifest: Record<string, any>}[]} `folder` is absolute
 */
export function publishedPackages() {
  return packageFolders(['packages/*']).map((path) => {
    const folder = join(root, path)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { name: manifest.name, folder, manifest }
  })
}
