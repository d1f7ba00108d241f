import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { uploads } from '../uploads.mjs'

const TOKEN = 'Bearer of Ada'
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const fill = (start: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from(start as string, 'latin1'), Buffer.alloc(64)])
const IMAGES: Readonly<Record<string, Buffer>> = {
  'image/png': PNG,
  'image/jpeg': fill('\xff\xd8\xff\xe0'),
  'image/gif': fill('GIF89a'),
  'image/webp': fill('RIFF\x00\x00\x00\x00WEBPVP8 '),
  'image/avif': fill('\x00\x00\x00\x20ftypavif'),
  'image/bmp': fill(`BM${'\x00'.repeat(12)}\x28\x00\x00\x00`),
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sheaf-uploads-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'uploads')
}

async function anApp(folder: string, now = () => 0): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(uploads, {
    folder,
    now,
    userOf: async (authorization) => (authorization === TOKEN ? 'ada' : null),
  })
  onTestFinished(() => app.close())
  return app
}

const upload = (app: FastifyInstance, payload: Buffer | string, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/uploads',
    payload,
    headers: { authorization: TOKEN, 'content-type': 'image/png', ...headers },
  })

const stored = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

describe('an image', () => {
  it('PU-1 is given back byte for byte, with the type of its bytes and nothing that runs', async () => {
    const app = await anApp(await aFolder())
    for (const [type, bytes] of Object.entries(IMAGES)) {
      // What the browser says of the type counts nothing.
      const answer = await upload(app, bytes, { 'content-type': 'text/html' })
      expect(answer.statusCode, `${type}: ${answer.body}`).toBe(201)
      const { src } = answer.json<{ src: string }>()
      expect(src).toMatch(/^\/uploads\/[0-9a-f]{8}-[0-9a-f-]{27}\.[a-z]+$/)
      const served = await app.inject({ method: 'GET', url: src })
      expect(served.statusCode).toBe(200)
      expect(served.rawPayload.equals(bytes)).toBe(true)
      expect(served.headers).toMatchObject({
        'content-type': type,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      })
    }
  })

  it('PU-2 is there after a restart', async () => {
    const folder = await aFolder()
    const first = await anApp(folder)
    const { src } = (await upload(first, PNG)).json<{ src: string }>()
    await first.close()
    const served = await (await anApp(folder)).inject({ method: 'GET', url: src })
    expect(served.rawPayload.equals(PNG)).toBe(true)
  })

  it('PU-3 is not taken from somebody who is not signed in, and its bytes are not read', async () => {
    const folder = await aFolder()
    const app = await anApp(folder)
    for (const authorization of ['', 'Bearer guessed', TOKEN.toLowerCase()])
      // A body that is too large would be told so if it were looked at.
      expect(await upload(app, Buffer.alloc(11 * 1024 * 1024), { authorization })).toMatchObject({ statusCode: 401 })
    expect(await stored(folder)).toEqual([])
  })

  it('PU-4 may have ten megabytes, and one of thirty is refused', async () => {
    const folder = await aFolder()
    const app = await anApp(folder)
    const ofSize = (megabytes: number): Buffer =>
      Buffer.concat([PNG, Buffer.alloc(megabytes * 1024 * 1024 - PNG.length)])
    const refused = await upload(app, ofSize(30))
    expect(refused.statusCode).toBe(413)
    expect(refused.json()).toMatchObject({ code: 'too-large', detail: 'An image may have 10 MB at most.' })
    expect(await stored(folder)).toEqual([])
    expect((await upload(app, ofSize(10))).statusCode).toBe(201)
  })

  it('PU-5 is known by its bytes: scripts, pages, SVG and nothing at all are refused under every name and type', async () => {
    const folder = await aFolder()
    const app = await anApp(folder)
    for (const [what, bytes] of Object.entries({
      script: 'alert(document.cookie)',
      page: '<!doctype html><script>alert(1)</script>',
      svg: '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      xml: '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
      pdf: '%PDF-1.7',
      'the letters BM': 'BMW is no picture, and neither is this line of text',
      'half a signature': '\x89PNG',
      'a signature that does not begin the file': ` ${PNG.toString('latin1')}`,
    }))
      for (const type of ['image/png', 'image/svg+xml', 'application/octet-stream'])
        expect(await upload(app, Buffer.from(bytes, 'latin1'), { 'content-type': type }), what).toMatchObject({
          statusCode: 415,
        })
    expect((await upload(app, '')).statusCode).toBe(415)
    expect(await stored(folder)).toEqual([])
  })

  it('PU-6 is not found under a name that was not given out', async () => {
    const folder = await aFolder()
    const app = await anApp(folder)
    await upload(app, PNG)
    await writeFile(join(folder, '..', 'secret'), 'of the server')
    for (const name of [
      '..%2fsecret',
      '..%2f..%2fetc%2fpasswd',
      '%00.png',
      'x.png',
      '.png',
      `${'0'.repeat(36)}.svg`,
      '00000000-0000-4000-8000-000000000000.png',
    ])
      expect((await app.inject({ method: 'GET', url: `/uploads/${name}` })).statusCode, name).toBe(404)
  })

  it('PU-7 is one of at most two hundred in an hour', async () => {
    let time = 0
    const app = await anApp(await aFolder(), () => time)
    for (let count = 0; count < 200; count++) expect((await upload(app, PNG)).statusCode).toBe(201)
    expect((await upload(app, PNG)).statusCode).toBe(429)
    time = 60 * 60 * 1000
    expect((await upload(app, PNG)).statusCode).toBe(201)
  })

  it('PU-8 that cannot be stored is an error, and nothing of it stays', async () => {
    const folder = await aFolder()
    // Where the folder should be is a file.
    await writeFile(folder, '')
    const app = await anApp(folder)
    const refused = await upload(app, PNG)
    expect(refused.statusCode).toBe(500)
    expect(refused.json()).toMatchObject({ code: 'internal', detail: 'The image could not be stored.' })
    expect(refused.body).not.toContain(folder)
  })
})
