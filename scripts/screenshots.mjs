// Takes the pictures of the documentation from the real demo, with three people in it.
import './node-version.mjs'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { chromiumCommand, findChromium } from './chromium.mjs'
import { root, run } from './command.mjs'
import { build, install } from './workspace.mjs'

const largest = 200 * 1024

await install()
const chromium = findChromium()
if (chromium === undefined) {
  console.error(`Pictures need Chromium: ${chromiumCommand}`)
  process.exit(1)
}
await build('@sheaf/demo')
await run('playwright', ['test', '--config', 'e2e/screenshots.config.ts'], { env: { SHEAF_CHROMIUM: chromium } })

const folder = join(root, 'docs', 'images')
for (const name of readdirSync(folder)) {
  const { size } = statSync(join(folder, name))
  console.log(`docs/images/${name}: ${Math.round(size / 1024)} KB`)
  if (size > largest) {
    console.error(`docs/images/${name} is larger than ${largest / 1024} KB.`)
    process.exitCode = 1
  }
}
