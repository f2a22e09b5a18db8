import { Hub, type Port } from './hub.ts'

/** The SharedWorker: one for all tabs of a user, so that however many are open, the browser holds one connection. */
const hub = new Hub('/graphql/stream')

globalThis.addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (port) hub.attach(port as Port)
})
