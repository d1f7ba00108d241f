const ascii = (bytes, start, end) => bytes.subarray(start, end).toString('latin1')
const startsWith = (bytes, ...start) => start.every((byte, index) => bytes[index] === byte)

/** Lengths of the second header of a BMP file; two letters alone would be every text that begins with them. */
const BMP_HEADERS = new Set([12, 40, 52, 56, 64, 108, 124])

/** Kinds of pictures that every browser shows and that hold no script, each known by how its files begin. SVG is none of them. */
const KINDS = [
  {
    extension: 'png',
    type: 'image/png',
    isOne: (bytes) => startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
  },
  { extension: 'jpg', type: 'image/jpeg', isOne: (bytes) => startsWith(bytes, 0xff, 0xd8, 0xff) },
  { extension: 'gif', type: 'image/gif', isOne: (bytes) => /^GIF8[79]a$/.test(ascii(bytes, 0, 6)) },
  {
    extension: 'webp',
    type: 'image/webp',
    isOne: (bytes) => ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP',
  },
  {
    extension: 'avif',
    type: 'image/avif',
    isOne: (bytes) => ascii(bytes, 4, 8) === 'ftyp' && /^avi[fs]$/.test(ascii(bytes, 8, 12)),
  },
  {
    extension: 'bmp',
    type: 'image/bmp',
    isOne: (bytes) => ascii(bytes, 0, 2) === 'BM' && bytes.length > 26 && BMP_HEADERS.has(bytes.readUInt32LE(14)),
  },
]

/**
 * What kind of picture it is by its own bytes: neither the name of a file nor the type that came with it says anything.
 * @param {Buffer} bytes
 * @returns {{ extension: string, type: string } | null} null where it is none
 */
export function imageKindOf(bytes) {
  const kind = KINDS.find(({ isOne }) => isOne(bytes))
  return kind === undefined ? null : { extension: kind.extension, type: kind.type }
}

export const IMAGE_EXTENSIONS = KINDS.map(({ extension }) => extension)

/**
 * @param {string} extension
 * @returns {string | undefined}
 */
export const typeOfExtension = (extension) => KINDS.find((kind) => kind.extension === extension)?.type
