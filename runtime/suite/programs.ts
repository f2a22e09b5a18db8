/** Files of the artifact that the suite runs. What listens does so on all addresses, since the test may be outside of the instance's network. */
export const programs: Readonly<Record<string, string>> = {
  'where.txt': 'root\n',
  'inner/deep/where.txt': 'deep\n',
  'server.mjs': `import http from 'node:http'
http.createServer((request, response) => response.end('hello')).listen(process.env.PORT, '0.0.0.0')
`,
  'variables.mjs': `console.log(JSON.stringify(process.env))
setInterval(() => {}, 1000)
`,
  'secrets.mjs': `import { readdirSync, readFileSync } from 'node:fs'
const directory = process.env.MICRO_SECRETS
const files = Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(directory + '/' + name, 'utf8')]))
console.log(JSON.stringify({ files, variables: process.env }))
setInterval(() => {}, 1000)
`,
  'busy.mjs': `while (process.cpuUsage().user < 200_000);
console.log('done')
setInterval(() => {}, 1000)
`,
  'binary.mjs': `process.stdout.write(Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62, 0x0a]))
process.stdout.write('after\\n')
`,
  'long.mjs': `process.stdout.write('x' + 'é'.repeat(40000) + '\\nafter\\n')
`,
  // Exits with 11 when it is asked to by HTTP, and by itself a moment after SIGTERM.
  'drain.mjs': `import http from 'node:http'
const server = http.createServer((request, response) => {
  response.end()
  if (request.url === '/exit') {
    console.log('asked to exit')
    process.exitCode = 11
    server.close()
    server.closeAllConnections()
  }
})
process.on('SIGTERM', () => {
  console.log('draining')
  setTimeout(() => (console.log('drained'), process.exit(0)), 200)
})
server.listen(process.env.PORT, '0.0.0.0', () => console.log('ready'))
`,
  'stubborn.mjs': `import http from 'node:http'
process.on('SIGTERM', () => {})
http.createServer((request, response) => response.end()).listen(process.env.PORT, '0.0.0.0', () => console.log('ready'))
`,
  // Listens on a port of its own, prints it, and ignores SIGTERM.
  'child.mjs': `import net from 'node:net'
process.on('SIGTERM', () => {})
const server = net.createServer().listen(0, '0.0.0.0', () => console.log(server.address().port))
`,
  'family.mjs': `import { spawn } from 'node:child_process'
for (const detached of [false, true]) spawn('node', ['child.mjs'], { stdio: 'inherit', detached }).unref()
setInterval(() => {}, 1000)
`,
}
