import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface KafkaProxy {
  /** `host:port` */
  readonly address: string
  /** As long as it is set, Kafka hears everything and its answers are lost. */
  loseAnswers(lose: boolean): void
}

/**
 * Stands before a Kafka on this machine, until the test ends. In the answers it replaces the port that Kafka tells, by its
 * own or the one that is given.
 */
export async function aKafkaProxy(broker: string, tellsPort: number | null = null): Promise<KafkaProxy> {
  const port = Number(broker.split(':')[1])
  const sockets = new Set<Socket>()
  let isLosing = false
  const server = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1')
    for (const each of [socket, upstream]) {
      sockets.add(each)
      each.on('close', () => {
        sockets.delete(each)
        socket.destroy()
        upstream.destroy()
      })
      // What follows is 'close'.
      each.on('error', () => each.destroy())
    }
    socket.pipe(upstream)
    upstream.on('data', (bytes) => {
      if (isLosing) return
      const at = bytes.indexOf(addressBytes(port))
      if (at >= 0) addressBytes(tellsPort ?? own()).copy(bytes, at)
      socket.write(bytes)
    })
  })
  const own = (): number => (server.address() as AddressInfo).port
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: `127.0.0.1:${own()}`, loseAnswers: (lose) => void (isLosing = lose) }
}

/** How Kafka writes an address. */
function addressBytes(port: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(port)
  return Buffer.concat([Buffer.from('127.0.0.1'), bytes])
}
