// The demo in one process and on one port: Sheaf's API and sockets, and the page that uses them.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyHelmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import { createSheafServer, readSettings } from '@sheaf/server-kit'
import { uploads } from './uploads.mjs'
import { welcome } from './welcome.mjs'

const pageFolder = fileURLToPath(new URL('dist', import.meta.url))
const accountsFile = new URL('demo-accounts.json', import.meta.url)

/** What the page may load: its own files, and pictures that people put into documents. No inline script or style. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    fontSrc: ["'self'"],
    imgSrc: ["'self'", 'https:'],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
}

async function servePage(app) {
  await app.register(fastifyHelmet, {
    contentSecurityPolicy,
    // The demo is served without TLS by default; whoever puts TLS in front of it adds the header there.
    strictTransportSecurity: false,
  })
  await app.register(fastifyStatic, {
    root: pageFolder,
    wildcard: false,
    // Names of assets change with their content; the page itself must be asked for every time.
    setHeaders: (reply, path) => {
      const lasting = path.includes('/assets/')
      reply.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  // Addresses inside the page are answered with the page.
  app.get('/documents/:documentId', (_request, reply) => reply.sendFile('index.html'))
  app.get('/trash', (_request, reply) => reply.sendFile('index.html'))
  app.get('/vue/documents/:documentId', (_request, reply) => reply.sendFile('vue.html'))
}

/** Whom a token speaks for, as the API itself knows it. */
async function userOf(app, authorization, address) {
  const answer = await app.inject({ method: 'GET', url: '/v1/me', headers: { authorization }, remoteAddress: address })
  return answer.statusCode === 200 ? answer.json().id : null
}

async function post(app, url, payload, accessToken) {
  const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
  return app.inject({ method: 'POST', url, payload, headers })
}

/** Makes the demo accounts at the first start, and a document that they share. Uses nothing but the HTTP API. */
async function seed(app) {
  const accounts = JSON.parse(await readFile(accountsFile, 'utf8'))
  const sessions = []
  for (const account of accounts) {
    const answer = await post(app, '/v1/auth/register', account)
    if (answer.statusCode === 201) sessions.push(answer.json())
  }
  // They exist already, or this server takes no new accounts.
  if (sessions.length < accounts.length) return
  const [owner, ...others] = sessions
  const created = await post(app, '/v1/documents', welcome, owner.accessToken)
  if (created.statusCode !== 201) throw new Error(`The welcome document could not be made: ${created.body}`)
  for (const { user } of others)
    await app.inject({
      method: 'PUT',
      url: `/v1/documents/${created.json().id}/permissions`,
      payload: { email: user.email, role: 'editor' },
      headers: { authorization: `Bearer ${owner.accessToken}` },
    })
}

async function main() {
  const settings = readSettings({ SHEAF_LOG_LEVEL: 'warn', ...process.env })
  const server = createSheafServer(settings)
  await server.app.register(servePage)
  await server.app.register(uploads, {
    folder: join(settings.stores.dataDir, 'uploads'),
    userOf: (authorization, address) => userOf(server.app, authorization, address),
  })
  await server.app.ready()
  await seed(server.app)
  const address = await server.start()
  console.log(`Sheaf is at ${address}`)

  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    server.stop().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function fail(error) {
  console.error(`Sheaf did not start: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

main().catch(fail)
