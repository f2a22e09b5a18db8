import { expect, test } from 'vitest'
import { readEvents, type ServerSentEvent } from './sse.ts'

async function read(...chunks: string[]) {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk))
      controller.close()
    },
  })
  let reads = 0
  const events: ServerSentEvent[] = []
  for await (const event of readEvents(body, () => reads++)) events.push(event)
  return { events, reads }
}

test('events come out whole, however their bytes were cut', async () => {
  const { events } = await read('event: ne', 'xt\ndata: {"a"', ':1}\n', '\nevent: complete\ndata: {}\n\n')
  expect(events).toEqual([
    { event: 'next', data: '{"a":1}' },
    { event: 'complete', data: '{}' },
  ])
})

test('pings are no events, but tell that the connection lives', async () => {
  expect(await read(':\n\n', ':\n\n')).toEqual({ events: [], reads: 2 })
})

test('several data lines are one text, and a colon in data stays', async () => {
  expect((await read('data: a:b\r\ndata:c\r\n\r\n')).events).toEqual([{ event: 'message', data: 'a:b\nc' }])
})
