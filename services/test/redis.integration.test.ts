import { describePrivateServer } from './support/private-server.ts'

describePrivateServer('redis', false)
