'use client'

import { useEffect, useRef, useState } from 'react'
import type { ApiError } from '../errors.ts'
import { append, emptyBuffer, type LogBuffer } from '../log-buffer.ts'
import type { LogLine } from '../model.ts'
import { liveClient } from './client.ts'
import { useUserId } from './use-live.tsx'

type Lines = { buffer: LogBuffer /** The log is complete: nothing more will come. */; ended: boolean; error?: ApiError }

/**
 * Lines of a log as they come. After a lost connection it goes on behind the last line.
 * Lines are shown once a frame, however many batches arrive in it.
 */
export function useLines(document: string, variables: Record<string, unknown>): Lines {
  const userId = useUserId()
  const [lines, setLines] = useState<Lines>({ buffer: emptyBuffer, ended: false })
  const key = JSON.stringify(variables)
  const waiting = useRef<LogLine[]>([])

  useEffect(() => {
    let after: string | null = null
    let frame = 0
    const show = () => {
      frame = 0
      const batch = waiting.current.splice(0)
      setLines(({ buffer, ...rest }) => ({ ...rest, buffer: append(buffer, batch) }))
    }
    const stop = liveClient(userId).subscribe<{ lines: LogLine[] }>({
      document,
      variables: () => ({ ...JSON.parse(key), after }),
      onData: ({ lines: batch }) => {
        waiting.current.push(...batch)
        after = batch.at(-1)?.cursor ?? after
        frame ||= requestAnimationFrame(show)
      },
      onError: (error) => setLines((before) => ({ ...before, error })),
      onEnd: () => setLines((before) => ({ ...before, ended: true })),
    })
    return () => {
      stop()
      cancelAnimationFrame(frame)
      waiting.current = []
      setLines({ buffer: emptyBuffer, ended: false })
    }
  }, [userId, document, key])

  return lines
}
