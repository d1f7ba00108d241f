// The floor: what sockets alone cost. Every message goes, as it is, to everybody else on the same path.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const rooms = new Map()
const server = createServer((_request, response) => response.end('okay'))
new WebSocketServer({ server }).on('connection', (socket, request) => {
  const room = rooms.get(request.url) ?? new Set()
  rooms.set(request.url, room)
  room.add(socket)
  socket.on('message', (message) => {
    for (const other of room) if (other !== socket) other.send(message, { binary: true })
  })
  socket.on('close', () => room.delete(socket))
  socket.send(new Uint8Array([255]))
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => process.send?.({ port: server.address().port }))
