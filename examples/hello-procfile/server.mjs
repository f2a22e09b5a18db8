import { createServer } from 'node:http'

const server = createServer((request, response) => {
  const name = new URL(request.url, 'http://localhost').searchParams.get('name') || 'World'
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.end(`${JSON.stringify({ message: `Hello ${name}` })}\n`)
})

server.listen(process.env.PORT ?? 3000, () => console.log(`hello-procfile listens on port ${server.address().port}`))
process.once('SIGTERM', () => server.close())
