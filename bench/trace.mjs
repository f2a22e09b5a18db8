// Loaded into the micro command by NODE_OPTIONS: writes down when its calls to the platform began and ended, and when it ended itself.
import { subscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'

const now = () => performance.timeOrigin + performance.now()
const calls = new Map()
const trace = { started: performance.timeOrigin, loaded: now(), calls: [] }

subscribe('http2.client.stream.start', ({ stream, headers }) => {
  const call = { path: headers[':path'] ?? stream.sentHeaders?.[':path'] ?? '', began: now(), ended: 0 }
  calls.set(stream, call)
  trace.calls.push(call)
})
subscribe('http2.client.stream.close', ({ stream }) => {
  const call = calls.get(stream)
  if (call) call.ended = now()
})
process.once('exit', () => writeFileSync(process.env.MICRO_BENCH_TRACE, JSON.stringify({ ...trace, exited: now() })))
