import type { EditorMessage } from '../messages/messages.ts'
import { filled } from '../words.ts'
import type { EditorWords } from '../words.ts'

/** Kinds of images that every browser shows. SVG is none of them: it can hold scripts. */
const IMAGE_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
])

/** What a file dialog offers. */
export const ACCEPTED_IMAGES = [...IMAGE_TYPES].join(',')

/** Largest image that is taken, in bytes, unless the application says otherwise. */
export const DEFAULT_MAX_IMAGE_BYTES = 10 * 1024 * 1024

const inMegabytes = (bytes: number): string => (bytes / (1024 * 1024)).toFixed(bytes < 10_485_760 ? 1 : 0)

/** What an image is called in a message: its name, or that it has none. */
export const titleOfImage = (name: string, words: EditorWords): string => (name === '' ? words.theImage : `“${name}”`)

/** Why a file cannot be uploaded as an image; null when it can. */
export function problemOfImage(
  { name, size, type }: { readonly name: string; readonly size: number; readonly type: string },
  maxBytes: number,
  words: EditorWords,
): EditorMessage | null {
  const title = titleOfImage(name, words)
  if (!IMAGE_TYPES.has(type)) return { code: 'image-type', text: filled(words.imageType, { name: title }) }
  if (size <= maxBytes) return null
  const values = { name: title, size: inMegabytes(size), limit: inMegabytes(maxBytes) }
  return { code: 'image-too-large', text: filled(words.imageTooLarge, values) }
}

const DATA_IMAGE = /^data:(image\/[a-z0-9.+-]+);base64,([a-z0-9+/=\s]+)$/i

/**
 * The image in a `data:` address as a file; null for what is none.
 * Nothing is decoded beyond `maxBytes`: what is larger comes as a file that only has its size.
 */
export function fileFromDataUrl(
  url: string,
  maxBytes: number,
): { readonly file: File | null; readonly size: number } | null {
  const match = DATA_IMAGE.exec(url)
  const [, type = '', encoded = ''] = match ?? []
  if (match === null) return null
  const size = Math.floor((encoded.length * 3) / 4)
  if (size > maxBytes) return { file: null, size }
  try {
    const bytes = Uint8Array.from(atob(encoded.replaceAll(/\s/g, '')), (character) => character.codePointAt(0) ?? 0)
    return { file: new File([bytes], '', { type: type.toLowerCase() }), size }
  } catch {
    // It only looked like base64: then it is no image.
    return null
  }
}

/** The images of a paste or a drop that came as files. */
export const imageFilesOf = (data: DataTransfer | null): File[] =>
  [...(data?.files ?? [])].filter(({ type }) => type.startsWith('image/'))
