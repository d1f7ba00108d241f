import { REJECTION_CODES, ROLES } from '../../src/index.ts'
import type { ClientFrame, PresenceEntry, PresencePatch, ServerFrame, StoredOperation } from '../../src/index.ts'

const replicaId = '00112233445566778899aabbccddeeff'
const versionVector = [
  [1, 2],
  [300, 70_000],
  [4_294_967_295, 2_147_483_648],
] as const
const bytes = Uint8Array.of(0, 1, 127, 128, 255)
const none = new Uint8Array()
const text = 'naïve 日本 👩‍🚀 \u0000'
const cursor = { anchor: bytes, head: none }

/** At least one frame of each kind that a client sends. */
export const clientSamples: readonly ClientFrame[] = [
  { kind: 'hello', protocolVersion: 1, token: text, replicaId, lastSeq: 0, stateVector: none, schemaId: '' },
  {
    kind: 'hello',
    protocolVersion: 9,
    token: 'x'.repeat(16_384),
    replicaId,
    lastSeq: Number.MAX_SAFE_INTEGER,
    stateVector: bytes,
    schemaId: 'sheaf-1',
  },
  { kind: 'operation', counter: 1, baseSeq: 0, versionVector, update: bytes },
  { kind: 'operation', counter: 2 ** 40, baseSeq: 2 ** 40, versionVector: [], update: none },
  { kind: 'presence', patch: bytes },
  { kind: 'token', token: text },
  { kind: 'sync', lastSeq: 12, stateVector: bytes },
  { kind: 'ping' },
]

const limits = { maxUpdateBytes: 4_194_304, maxInFlight: 32, presenceIntervalMs: 50 }

/** At least one frame of each kind that a server sends. */
export const serverSamples: readonly ServerFrame[] = [
  ...ROLES.map((role): ServerFrame => ({
    kind: 'welcome',
    sessionId: 'session',
    principal: { id: 'user', name: text },
    role,
    seq: 12,
    committedCounter: 3,
    limits,
    heartbeatMs: 15_000,
    schemaId: 'sheaf-1',
  })),
  { kind: 'state', seq: 5, parts: [] },
  {
    kind: 'state',
    seq: 5,
    parts: [
      { encoding: 'deflate', update: bytes },
      { encoding: 'plain', update: none },
    ],
  },
  { kind: 'received', counter: 4 },
  { kind: 'committed', counter: 4, seq: 9 },
  ...REJECTION_CODES.map((code): ServerFrame => ({
    kind: 'rejected',
    counter: 4,
    code,
    message: text,
  })),
  { kind: 'operation', seq: 10, replicaId, counter: 3, versionVector, update: bytes },
  { kind: 'presence', entries: bytes },
  { kind: 'access', role: null },
  { kind: 'access', role: 'viewer' },
  { kind: 'draining', reconnectInMs: 2500 },
  { kind: 'versionCreated', versionId: 'version' },
  { kind: 'documentDeleted' },
  { kind: 'pong' },
]

export const patchSamples: readonly PresencePatch[] = [
  { kind: 'cursor', cursor },
  { kind: 'hidden' },
  { kind: 'full', clientId: 4_294_967_295, cursor, data: '{"a":1}' },
  { kind: 'full', clientId: 1, cursor: null, data: null },
]

const user = { id: 'user', name: text }

export const entrySamples: readonly (readonly PresenceEntry[])[] = [
  [],
  [
    { kind: 'cursor', key: 1, cursor },
    { kind: 'hidden', key: 2 },
    { kind: 'left', key: 300 },
    { kind: 'full', key: 4, clientId: 4_294_967_295, user, cursor, data: '{"a":1}' },
    { kind: 'full', key: 5, clientId: 1, user, cursor: null, data: null },
  ],
]

export const operationSamples: readonly StoredOperation[] = [
  {
    seq: 1,
    replicaId,
    counter: 1,
    baseSeq: 0,
    authorId: 'user',
    createdAt: 1_800_000_000_000,
    versionVector,
    update: bytes,
  },
  { seq: 2, replicaId, counter: 2, baseSeq: 1, authorId: '', createdAt: 0, versionVector: [], update: none },
]
