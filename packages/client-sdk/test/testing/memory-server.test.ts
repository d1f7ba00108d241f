import { decodeServerFrame, encodeClientFrame, PROTOCOL_VERSION } from '@sheaf/protocol'
import type { ClientFrame, ClientFrames, ServerFrame, ServerFrames } from '@sheaf/protocol'
import { expect, it } from 'vitest'
import * as Y from 'yjs'
import { versionVectorOf } from '../../src/merge.ts'
import { MemoryServer } from '../../src/testing/index.ts'
import type { ServerSocket } from '../../src/testing/index.ts'

/** A client that says what it likes. */
class RawClient {
  readonly heard: ServerFrame[] = []
  closedWith: number | null = null
  readonly ydoc = new Y.Doc()
  readonly #end: ServerSocket

  constructor(accept: (socket: ServerSocket) => void, replica: string, token = 'ada') {
    this.#end = {
      url: 'ws://sheaf.test/v1/documents/doc/socket',
      onMessage: () => undefined,
      onClose: () => undefined,
      send: (bytes) => void this.heard.push(decodeServerFrame(bytes)),
      close: (code) => {
        this.closedWith ??= code
      },
    }
    accept(this.#end)
    const hello = { protocolVersion: PROTOCOL_VERSION, token, lastSeq: 0, stateVector: new Uint8Array(), schemaId: '' }
    this.say({ kind: 'hello', replicaId: replica.repeat(32), ...hello })
  }

  say(frame: ClientFrame): void {
    this.#end.onMessage(encodeClientFrame(frame))
  }

  operation(counter: number, text: string): ClientFrames['operation'] {
    const before = Y.encodeStateVector(this.ydoc)
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(text)])
    this.ydoc.getXmlFragment('content').insert(0, [paragraph])
    const update = Y.encodeStateAsUpdateV2(this.ydoc, before)
    return { kind: 'operation', counter, baseSeq: 0, versionVector: versionVectorOf(update), update }
  }

  last<Kind extends ServerFrame['kind']>(kind: Kind): ServerFrames[Kind] | undefined {
    return this.heard.findLast((frame): frame is ServerFrames[Kind] => frame.kind === kind)
  }
}

function server() {
  let accept: (socket: ServerSocket) => void = () => undefined
  const memory = new MemoryServer({ serve: (handler) => (accept = handler ?? (() => undefined)) })
  return { memory, connect: (replica: string, token?: string) => new RawClient((end) => accept(end), replica, token) }
}

it('TK-17 acknowledges what comes twice again, stores it once, and refuses other bytes under its unique id', () => {
  const { memory, connect } = server()
  const [ada, bo] = [connect('a'), connect('b', 'bo')]
  const first = ada.operation(1, 'first')
  ada.say(first)
  expect(ada.heard.map(({ kind }) => kind)).toEqual(['welcome', 'state', 'received', 'committed'])
  expect(bo.last('operation')).toMatchObject({ seq: 1, counter: 1 })
  ada.say(first)
  expect(ada.last('committed')).toEqual({ kind: 'committed', counter: 1, seq: 1 })
  expect(memory.log.read('doc')).toHaveLength(1)
  ada.say({ ...ada.operation(1, 'other'), counter: 1 })
  expect(ada.last('rejected')).toMatchObject({ counter: 1, code: 'id-conflict' })
  expect(memory.text('doc')).toBe('first')
  expect(bo.heard.filter(({ kind }) => kind === 'operation')).toHaveLength(1)
})

it('TK-17 refuses a gap in the counters, a wrong vector, another replica’s Yjs client id, and bytes that are no update', () => {
  const { memory, connect } = server()
  const [ada, bo] = [connect('a'), connect('b', 'bo')]
  const codeOf = (client: RawClient, operation: ClientFrames['operation']) => {
    client.say(operation)
    return client.last('rejected')?.code
  }
  const operation = ada.operation(1, 'x')
  expect(codeOf(ada, { ...operation, counter: 2 })).toBe('counter-gap')
  expect(codeOf(ada, { ...operation, versionVector: [[1, 1]] })).toBe('vector-mismatch')
  expect(codeOf(ada, { ...operation, update: Uint8Array.of(1, 2, 3) })).toBe('malformed')
  ada.say(operation)
  bo.ydoc.clientID = ada.ydoc.clientID
  expect(codeOf(bo, bo.operation(1, 'y'))).toBe('foreign-client')
  memory.withdraw('bo', 'viewer')
  expect(codeOf(bo, bo.operation(1, 'y'))).toBe('not-allowed')
  expect(memory.text('doc')).toBe('x')
})

it('TK-17 does not receive what builds on something that is missing until that is there', () => {
  const { memory, connect } = server()
  const [ada, bo] = [connect('a'), connect('b', 'bo')]
  const base = ada.operation(1, 'base')
  Y.applyUpdateV2(bo.ydoc, base.update)
  const onTop = bo.operation(1, 'top')
  bo.say(onTop)
  expect(bo.last('received')).toBeUndefined()
  ada.say(base)
  expect(bo.last('committed')).toEqual({ kind: 'committed', counter: 1, seq: 2 })
  expect(memory.log.read('doc').map(({ authorId }) => authorId)).toEqual(['ada', 'bo'])
})

it('TK-17 closes on whoever speaks first without hello, with a token that ended, or nonsense', () => {
  const { memory, connect } = server()
  memory.expireToken('ada')
  expect(connect('a').closedWith).toBe(4401)
  expect(connect('a', 'ada#1').closedWith).toBeNull()
  const bo = connect('b', 'bo')
  bo.say({
    kind: 'hello',
    protocolVersion: 1,
    token: 'bo',
    replicaId: 'b'.repeat(32),
    lastSeq: 0,
    stateVector: new Uint8Array(),
    schemaId: '',
  })
  expect(bo.closedWith).toBe(4400)
})
