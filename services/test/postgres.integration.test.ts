import { describePrivateServer } from './support/private-server.ts'

describePrivateServer('postgres', true)
