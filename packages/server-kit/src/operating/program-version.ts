import { createRequire } from 'node:module'

/** The version of this package, wherever the bundler has put this line. */
export const PROGRAM_VERSION: string = (
  createRequire(import.meta.url)('@sheaf/server-kit/package.json') as { version: string }
).version
