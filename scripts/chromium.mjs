import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, isAbsolute, join } from 'node:path'
import { root, run } from './command.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The command that people are told when there is no browser. */
export const chromiumCommand = 'apt-get install chromium'

/** What was asked for is not there. */
export class ChromiumError extends Error {}

const isProgram = (path) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const inPath = (name) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => isAbsolute(path) && isProgram(path))

/** Playwright's own download, where it is on the disk. */
function downloaded() {
  const { chromium } = createRequire(join(root, 'package.json'))('@playwright/test')
  const path = chromium.executablePath()
  return path && isProgram(path) ? path : undefined
}

/**
 * The Chromium that browser tests use: `SHEAF_CHROMIUM`, else the system's, else Playwright's own.
 *
 * @returns {string | undefined} its path
 */
export function findChromium() {
  const chosen = process.env.SHEAF_CHROMIUM
  if (chosen !== undefined) {
    if (!isProgram(chosen)) throw new ChromiumError(`SHEAF_CHROMIUM is ${chosen}, which is not a program`)
    return chosen
  }
  for (const name of names) {
    const path = inPath(name)
    if (path !== undefined) return path
  }
  return downloaded()
}

/** True where a browser may be installed without asking: root, or a CI machine, with apt. */
function mayInstall() {
  if (inPath('apt-get') === undefined) return false
  return process.getuid?.() === 0 || process.env.CI === 'true'
}

/**
 * Finds a Chromium, and installs the system's where there is none and that is allowed.
 *
 * @returns {Promise<string | undefined>}
 */
export async function provideChromium() {
  const found = findChromium()
  if (found !== undefined || !mayInstall()) return found
  console.log(`There is no Chromium for the browser tests: ${chromiumCommand}`)
  const apt = async (...parameters) => {
    const command = ['apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0', ...parameters]
    const [program, ...rest] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command]
    await run(program, rest, { show: 'on-failure', env: { DEBIAN_FRONTEND: 'noninteractive' } })
  }
  await apt('update')
  await apt('install', '--yes', '--no-install-recommends', 'chromium', 'fonts-liberation')
  return findChromium()
}
