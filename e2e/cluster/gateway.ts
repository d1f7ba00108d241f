import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const shippedFile = fileURLToPath(new URL('../../deploy/nginx.conf', import.meta.url))

export interface GatewayChoice {
  /** Whether the limits on requests are those that ship, or such that no test meets by chance. Default generous. */
  readonly limits?: 'generous' | 'shipped'
  /** Where given, the documented lines for TLS are in force, and plain requests come in on this port. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly plainPort: number }
}

/** What stands inside `http { }` of the configuration that ships, in front of these servers and with `PORT` to listen on. */
export async function gatewayConfiguration(origins: readonly string[], choice: GatewayChoice = {}): Promise<string> {
  const http = await shippedHttp()
  const parameters = /server server-1:4400([^\n;]*);/.exec(http)?.[1] ?? ''
  const lines = origins.map((origin) => `    server ${new URL(origin).host}${parameters};`)
  const listening = http
    .replace(/(?: {4}server server-\d+:4400[^\n]*\n)+/, `${lines.join('\n')}\n`)
    .replace(/^ *listen 80;$/m, choice.tls === undefined ? 'listen 127.0.0.1:PORT;' : tlsLines(http, choice.tls))
  const redirect = choice.tls === undefined ? '' : redirectLine(http, choice.tls.plainPort)
  const whole = `${listening}\n${redirect}`
  return choice.limits === 'shipped' ? whole : whole.replaceAll(/rate=\d+r\/s/g, 'rate=10000r/s')
}

async function shippedHttp(): Promise<string> {
  const shipped = await readFile(shippedFile, 'utf8')
  const [, http] = /^http \{\n(.*)^\}/ms.exec(shipped) ?? []
  if (http === undefined) throw new Error(`${shippedFile} has no http block`)
  return http
}

/** The lines of the comment about TLS, as somebody with an older nginx would use them, on a port for tests. */
function tlsLines(http: string, { certificate, key }: NonNullable<GatewayChoice['tls']>): string {
  return documented(http)
    .filter((line) => !/^(?:server|http2)\b/.test(line))
    .map((line) =>
      line
        .replace('listen 443 ssl;', 'listen 127.0.0.1:PORT ssl http2;')
        .replace('/etc/nginx/tls/fullchain.pem', certificate)
        .replace('/etc/nginx/tls/privkey.pem', key),
    )
    .join('\n')
}

function redirectLine(http: string, port: number): string {
  const line = documented(http).find((candidate) => candidate.startsWith('server {'))
  if (line === undefined) throw new Error(`${shippedFile} does not say how plain requests are sent to TLS`)
  return line.replace('listen 80;', `listen 127.0.0.1:${port};`)
}

const documented = (http: string): string[] =>
  [...http.slice(http.indexOf('# TLS:')).matchAll(/^ {2}# {3}(\S.*)$/gm)].map(([, line]) => line ?? '')
