import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { startGuard } from './guard.ts'
import { releasePort, reservePort } from './port.ts'
import { endedEarly, endOfLog, launch, type Launch } from './process.ts'
import { findProgram, output } from './program.ts'
import { ServiceError } from './service-error.ts'
import { newFolder } from './services.ts'
import { becomesTrue } from './waiting.ts'

export const findNginx = () => findProgram('nginx')

/** An nginx in front of servers. */
export interface Gateway {
  readonly port: number
  readonly pid: number
  /** Its configuration, its logs, and whatever paths in the configuration are relative to. */
  readonly folder: string
  stop(): Promise<void>
}

const startLimitMs = 10_000

/**
 * Starts nginx on 127.0.0.1.
 *
 * @param configText what stands inside `http { }`, with the word `PORT` where the port belongs:
 *   `server { listen 127.0.0.1:PORT; … }`
 * @throws {ServiceError} where nginx is missing or refuses the configuration; then with what it says
 */
export async function startGateway(configText: string): Promise<Gateway> {
  const program = findNginx()
  if (program === null) throw new ServiceError('nginx is not installed')
  const folder = newFolder()
  const guard = startGuard(folder)
  const port = await reservePort()
  const give = async () => {
    await guard.close()
    releasePort(port)
  }
  try {
    mkdirSync(join(folder, 'temporary'))
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, configuration(configText.replaceAll(/\bPORT\b/g, String(port))))
    const parameters = ['-p', folder, '-e', 'error.log', '-c', file]
    await output(program, [...parameters, '-t'], { cwd: folder })
    const how: Launch = { label: 'nginx', program, parameters, folder, stopSignal: 'SIGTERM' }
    const nginx = await launch(how)
    guard.watch(nginx)
    const answered = await becomesTrue(() => {
      if (!nginx.isAlive()) throw endedEarly(how)
      return accepts(port)
    }, startLimitMs)
    if (!answered) throw new ServiceError(`nginx does not listen on its port:\n${endOfLog(how)}`)
    return {
      port,
      pid: nginx.record.pid,
      folder,
      async stop() {
        await nginx.stop()
        guard.forget(nginx)
        await give()
      },
    }
  } catch (error) {
    await give()
    throw error
  }
}

// Everything that nginx writes is kept in its own folder, and as root it would give its workers to a user that cannot
// write there.
const configuration = (text: string) => `
${userInfo().uid === 0 ? 'user root;' : ''}
daemon off;
pid nginx.pid;
worker_processes 1;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path temporary/body;
  proxy_temp_path temporary/proxy;
  fastcgi_temp_path temporary/fastcgi;
  uwsgi_temp_path temporary/uwsgi;
  scgi_temp_path temporary/scgi;
${text}
}
`

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
