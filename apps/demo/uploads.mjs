// Pictures that people put into documents: taken from who is signed in, kept in a folder, given to whoever knows the address.
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { IMAGE_EXTENSIONS, imageKindOf, typeOfExtension } from './image-kind.mjs'

/** As large as the editor takes an image unless told otherwise. */
const MAX_BYTES = 10 * 1024 * 1024
/** So many pictures may one person add in an hour: a disk is not filled by somebody's loop. */
const MAX_PER_HOUR = 200
const HOUR = 60 * 60 * 1000

const NAME = new RegExp(`^[0-9a-f-]{36}\\.(${IMAGE_EXTENSIONS.join('|')})$`)

class Refusal extends Error {
  constructor(statusCode, code, message) {
    super(message)
    this.statusCode = statusCode
    this.code = code
  }
}

/** Whatever is thrown, in the form that the API's errors have. */
function refusalOf(error) {
  if (error instanceof Refusal) return error
  if (error.statusCode === 413) return new Refusal(413, 'too-large', 'An image may have 10 MB at most.')
  if (error.statusCode >= 400 && error.statusCode < 500)
    return new Refusal(error.statusCode, 'bad-request', error.message)
  if (error.code === 'ENOSPC') return new Refusal(507, 'disk-full', 'The server has no room for more images.')
  return new Refusal(500, 'internal', 'The image could not be stored.')
}

/** Counts what each person added within the hour. */
class Allowance {
  #hours = new Map()
  #hourEnds = 0

  take(userId, now) {
    if (now >= this.#hourEnds) {
      this.#hours.clear()
      this.#hourEnds = now + HOUR
    }
    const count = (this.#hours.get(userId) ?? 0) + 1
    if (count > MAX_PER_HOUR) throw new Refusal(429, 'slow-down', 'These are many images. Add more in an hour.')
    this.#hours.set(userId, count)
  }
}

/** All of the file or nothing of it, also when the power fails: the document that shows it is durable, too. */
async function store(folder, name, bytes) {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.${name}`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, join(folder, name))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * `POST /uploads` with the bytes of an image answers 201 `{src}`; `GET /uploads/<name>` gives it back.
 * @param {import('fastify').FastifyInstance} app
 * @param {object} options
 * @param {string} options.folder made at the first upload
 * @param {(authorization: string, address: string) => Promise<string | null>} options.userOf id of whom the header speaks for
 * @param {() => number} [options.now] milliseconds
 */
export async function uploads(app, { folder, userOf, now = Date.now }) {
  const allowance = new Allowance()
  app.setErrorHandler((error, request, reply) => {
    const { statusCode, code, message } = refusalOf(error)
    if (statusCode >= 500) request.log.error(error, 'an image was not stored')
    return reply
      .code(statusCode)
      .type('application/problem+json')
      .send({ title: message, status: statusCode, code, detail: message })
  })
  // Whatever type is claimed, the body is bytes.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.post('/uploads', {
    bodyLimit: MAX_BYTES,
    // Before the body is read: strangers cannot make the server hold ten megabytes.
    onRequest: async (request) => {
      const userId = await userOf(request.headers.authorization ?? '', request.ip)
      if (userId === null) throw new Refusal(401, 'unauthenticated', 'Sign in to add images.')
      allowance.take(userId, now())
    },
    handler: async (request, reply) => {
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const kind = imageKindOf(bytes)
      if (kind === null)
        throw new Refusal(415, 'not-an-image', 'This is no image that can be shown. PNG, JPEG, GIF, WebP and AVIF can.')
      const name = `${randomUUID()}.${kind.extension}`
      await store(folder, name, bytes)
      return reply.code(201).send({ src: `/uploads/${name}` })
    },
  })

  app.get('/uploads/:name', async (request, reply) => {
    const { name } = request.params
    const type = NAME.test(name) ? typeOfExtension(name.slice(name.lastIndexOf('.') + 1)) : undefined
    const file = type === undefined ? null : await open(join(folder, name)).catch(nullIfMissing)
    if (file === null) throw new Refusal(404, 'not-found', 'There is no such image.')
    const { size } = await file.stat()
    return reply
      .headers({
        'content-type': type,
        'content-length': size,
        'cache-control': 'private, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none'; sandbox",
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      })
      .send(file.createReadStream())
  })
}

function nullIfMissing(error) {
  if (error.code === 'ENOENT') return null
  throw error
}
