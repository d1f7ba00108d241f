import { describePrivateServer } from './support/private-server.ts'

describePrivateServer('mongodb', true)
