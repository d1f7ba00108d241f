import { describePrivateServer } from './support/private-server.ts'

describePrivateServer('kafka', true)
