import { startServer } from './server.ts'

const server = await startServer(Number(process.env.PORT ?? 3000))
console.log(`helloworld listens on port ${server.port}`)

process.once('SIGTERM', server.stop)
process.once('SIGINT', server.stop)
