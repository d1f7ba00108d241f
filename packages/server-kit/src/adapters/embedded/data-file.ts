import { open } from 'node:fs/promises'
import { SheafServerError } from '../../errors.ts'

/*
 * LMDB maps its file into memory: a page that is not there ends the process (SIGBUS) instead of raising an error. So the
 * file is looked at before it is opened. Positions are those of lmdb's data format 2: the file begins with two pages of
 * the store's state, each with a header of 24 bytes, and the newer one counts.
 */
const MAGIC = 0xbeefc0de
const HEADER = 24
const AT_PAGE_SIZE = 0x30
const AT_FREE_ROOT = 0x58
const AT_MAIN_ROOT = 0x88
const AT_LAST_PAGE = 0x90
const AT_TRANSACTION = 0x98
const META_BYTES = 0xa0
const NO_ROOT = 2n ** 64n - 1n
/** Pages that were taken and given back within one transaction are counted but not always written. */
const UNWRITTEN_PAGES = 256n

/**
 * Looks whether a file can be LMDB's and has the pages that it says it has.
 * @throws {SheafServerError} `store-damaged`, where it is not or was cut off.
 */
export async function checkDataFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const first = Buffer.alloc(META_BYTES)
    await file.read(first, 0, META_BYTES, 0)
    if (first.readUInt32LE(HEADER) !== MAGIC) throw damaged(path, 'it does not begin as a store does')
    const pageSize = first.readUInt32LE(AT_PAGE_SIZE)
    if (pageSize < 512 || pageSize > 65_536 || size < 2 * pageSize) throw damaged(path, 'its first page is damaged')
    const second = Buffer.alloc(META_BYTES)
    await file.read(second, 0, META_BYTES, pageSize)
    if (second.readUInt32LE(HEADER) !== MAGIC) throw damaged(path, 'its second page is damaged')

    const newest = second.readBigUInt64LE(AT_TRANSACTION) > first.readBigUInt64LE(AT_TRANSACTION) ? second : first
    const pages = BigInt(Math.floor(size / pageSize))
    const roots = [newest.readBigUInt64LE(AT_FREE_ROOT), newest.readBigUInt64LE(AT_MAIN_ROOT)]
    const isCut =
      roots.some((root) => root !== NO_ROOT && root >= pages) ||
      newest.readBigUInt64LE(AT_LAST_PAGE) + 1n > pages + UNWRITTEN_PAGES
    if (isCut) throw damaged(path, 'its end is missing')
  } finally {
    await file.close()
  }
}

const damaged = (path: string, what: string): SheafServerError =>
  new SheafServerError('store-damaged', `the store ${path} is damaged: ${what}; restore it from a backup`)
