export type ServerSentEvent = { event: string; data: string }

/**
 * Events of a text/event-stream body. Comments (the server's pings) are skipped, but `onBytes` tells of them too.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export async function* readEvents(body: ReadableStream<Uint8Array>, onBytes: () => void = () => {}): AsyncGenerator<ServerSentEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    onBytes()
    rest += value
    const blocks = rest.split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parse(block)
      if (event) yield event
    }
  }
}

function parse(block: string): ServerSentEvent | undefined {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const [field, value = ''] = line.split(/:(.*)/s)
    if (field === 'event') event = value.trim()
    if (field === 'data') data.push(value.startsWith(' ') ? value.slice(1) : value)
  }
  return data.length > 0 || event !== 'message' ? { event, data: data.join('\n') } : undefined
}
