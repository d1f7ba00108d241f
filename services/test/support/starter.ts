// Starts servers and waits to be killed. Run with tsx; prints where they are.
import { startServices } from '../../src/services.ts'
import { serviceNameOf } from '../../src/shared.ts'

const services = await startServices(process.argv.slice(2).map((name) => serviceNameOf(name)))
for (const name of process.argv.slice(2)) await services.get(serviceNameOf(name)).kill('SIGSTOP')
process.stdout.write(`${JSON.stringify({ folder: services.folder })}\n`)
setInterval(() => undefined, 60_000)
