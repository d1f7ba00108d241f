import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, open, readFile, readdir, rename, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { tryLock } from 'fs-native-extensions'
import { SheafServerError, isServerError } from '../../errors.ts'
import { checkDataFile } from './data-file.ts'

/** What this program writes and understands; docs/reference/settings.md says what each number brought. */
export const STORE_FORMAT = 1

const MARKER = 'sheaf.json'
const LOCK = 'lock'
const STORE = 'store'
const SECRET = 'secret'
const OWN_NAMES = new Set([MARKER, LOCK, STORE, SECRET, `${SECRET}.new`, `${MARKER}.new`])
const SECRET_BYTES = 32

/**
 * A folder that belongs to one running server: what is in it, and the lock that keeps a second one away.
 *
 * The lock is the operating system's, on an open file: it ends with the process however that ends, so a killed server
 * leaves nothing to clean up, and a process id that was given to somebody else does not matter.
 */
export class DataFolder {
  readonly path: string
  readonly storePath: string
  /** Format of the store that is there; null where there is none yet. */
  readonly format: number | null
  readonly #lock: FileHandle

  private constructor(path: string, format: number | null, lock: FileHandle) {
    this.path = path
    this.storePath = join(path, STORE)
    this.format = format
    this.#lock = lock
  }

  /**
   * Takes the folder, and makes it where it does not exist.
   * @throws {SheafServerError} `folder-in-use`, `folder-unusable`, `format-unknown` or `store-damaged`, with a message
   * that says what to do.
   */
  static async take(folder: string): Promise<DataFolder> {
    const path = resolve(folder)
    try {
      await makeFolder(path)
      const names = await readdir(path)
      if (!names.includes(MARKER)) refuseForeignFolder(path, names)
      const lock = await takeLock(path)
      try {
        const format = await readFormat(path)
        await checkStore(path, format)
        // Nobody else's eyes, whatever the rights of a folder that was there before.
        await makeFolder(join(path, STORE))
        return new DataFolder(path, format, lock)
      } catch (error) {
        await lock.close()
        throw error
      }
    } catch (error) {
      throw explain(error, path)
    }
  }

  /** Says in the folder that it holds a store of this program's format. */
  async markFormat(): Promise<void> {
    await this.#replace(MARKER, `${JSON.stringify({ format: STORE_FORMAT })}\n`)
  }

  /** The secret that tokens are signed with; made at the first start, readable by its owner only. */
  async signingSecret(): Promise<Uint8Array> {
    const found = await readIfThere(join(this.path, SECRET))
    if (found !== null) {
      const secret = Buffer.from(found.trim(), 'base64url')
      if (secret.length >= SECRET_BYTES) return secret
      throw new SheafServerError(
        'folder-unusable',
        `the file ${join(this.path, SECRET)} is damaged; remove it, and everybody signs in again`,
      )
    }
    const secret = randomBytes(SECRET_BYTES)
    await this.#replace(SECRET, `${secret.toString('base64url')}\n`)
    return secret
  }

  /** Lets the next server have the folder. */
  async leave(): Promise<void> {
    await this.#lock.close()
  }

  /** A crash leaves the old file or the new one, never half of it. */
  async #replace(name: string, content: string): Promise<void> {
    const temporary = join(this.path, `${name}.new`)
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, join(this.path, name))
  }
}

/** Makes a folder and those above it. Not `recursive`: Node then tries forever where a folder takes no folders (/proc). */
async function makeFolder(path: string): Promise<void> {
  const make = async (): Promise<void> => {
    await mkdir(path, { mode: 0o700 })
  }
  try {
    await make()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A file of this name is found out by whoever looks into it.
    if (code === 'EEXIST') return
    const above = dirname(path)
    if (code !== 'ENOENT' || above === path || (await isThere(above))) throw error
    await makeFolder(above)
    await make()
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

export interface FolderFacts {
  readonly path: string
  /** Null where no store was made yet. */
  readonly format: number | null
  readonly isInUse: boolean
}

/** Looks at a folder and changes nothing. @throws {SheafServerError} as {@link DataFolder.take} does, save `folder-in-use`. */
export async function inspectDataFolder(folder: string): Promise<FolderFacts> {
  const path = resolve(folder)
  try {
    const names = await namesIn(path)
    if (!names.includes(MARKER)) refuseForeignFolder(path, names)
    const format = await readFormat(path)
    await checkStore(path, format)
    return { path, format, isInUse: names.includes(LOCK) && (await isLocked(path)) }
  } catch (error) {
    throw explain(error, path)
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    const names = await readdir(path)
    await access(path, constants.W_OK)
    return names
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Closing the file gives a lock that was got back at once. */
async function isLocked(path: string): Promise<boolean> {
  const lock = await open(join(path, LOCK), constants.O_RDWR)
  try {
    return !tryLock(lock.fd)
  } finally {
    await lock.close()
  }
}

function refuseForeignFolder(path: string, names: readonly string[]): void {
  const foreign = names.find((name) => !OWN_NAMES.has(name) && !name.startsWith('.') && name !== 'lost+found')
  if (foreign === undefined) return
  throw new SheafServerError(
    'folder-unusable',
    `the folder ${path} holds other files (${foreign}) and no Sheaf data; choose an empty folder or a new one`,
  )
}

async function takeLock(path: string): Promise<FileHandle> {
  const lock = await open(join(path, LOCK), constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    if (tryLock(lock.fd)) {
      await lock.truncate(0)
      await lock.write(`${process.pid}\n`, 0)
      return lock
    }
    const owner = (await lock.readFile('utf8')).trim()
    throw new SheafServerError(
      'folder-in-use',
      `the data folder ${path} belongs to a running server (process ${owner}); stop that one or choose another folder`,
    )
  } catch (error) {
    await lock.close()
    throw error
  }
}

async function readFormat(path: string): Promise<number | null> {
  const text = await readIfThere(join(path, MARKER))
  if (text === null) return null
  const format = parseFormat(text)
  if (format === null)
    throw new SheafServerError('store-damaged', `the file ${join(path, MARKER)} is damaged; restore it from a backup`)
  if (format > STORE_FORMAT)
    throw new SheafServerError(
      'format-unknown',
      `the data in ${path} has format ${format}, and this version of Sheaf knows up to ${STORE_FORMAT}; start the newer version`,
    )
  return format
}

function parseFormat(text: string): number | null {
  try {
    const { format } = JSON.parse(text) as { format?: unknown }
    return Number.isSafeInteger(format) ? (format as number) : null
  } catch {
    // Not JSON: the caller says which file is damaged.
    return null
  }
}

/** A folder that says it holds a store must have it: LMDB would make a new, empty one. */
async function checkStore(path: string, format: number | null): Promise<void> {
  const dataFile = join(path, STORE, 'data.mdb')
  const size = await stat(dataFile).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    },
  )
  // Nothing was ever acknowledged before the marker was written, so a first start that was cut off begins again.
  if (format === null && (size === null || size === 0)) return
  if (size === null || size === 0)
    throw new SheafServerError('store-damaged', `the store ${dataFile} is missing or empty; restore it from a backup`)
  await checkDataFile(dataFile)
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function explain(error: unknown, path: string): SheafServerError {
  if (isServerError(error)) return error
  const { code, message } = error as NodeJS.ErrnoException
  const what: Record<string, string> = {
    EACCES: 'this user may not write there; change its rights or choose another folder',
    EPERM: 'this user may not write there; change its rights or choose another folder',
    EROFS: 'its file system is read-only; choose another folder',
    ENOSPC: 'its disk is full; make room or choose another folder',
    ENOTDIR: 'it, or a part of its path, is a file; choose another folder',
    ENOENT: 'it cannot be made there; choose another folder',
  }
  return new SheafServerError(
    'folder-unusable',
    `the data folder ${path} cannot be used: ${what[code ?? ''] ?? message}`,
    { cause: error },
  )
}
