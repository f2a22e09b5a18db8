'use client'

import { useEffect, useRef, useState } from 'react'
import type { ApiError } from '../errors.ts'
import { append, emptyBuffer, type LogBuffer } from '../log-buffer.ts'
import type { LogLine } from '../model.ts'
import { liveClient } from './client.ts'
import { useUserId } from './use-live.tsx'

type Lines = { buffer: LogBuffer; error?: ApiError }

/**
 * Lines of a log as they come. After a lost connection it goes on behind the last line.
 * Lines are shown once a frame, however many batches arrive in it.
 * @param underWay whether more lines are expected: a log that is complete is not asked for again
 */
export function useLines(document: string, variables: Record<string, unknown>, underWay = true): Lines {
  const userId = useUserId()
  const [lines, setLines] = useState<Lines>({ buffer: emptyBuffer })
  const goesOn = useRef(underWay)
  const key = JSON.stringify(variables)

  useEffect(() => {
    goesOn.current = underWay
  }, [underWay])

  useEffect(() => {
    const waiting: LogLine[] = []
    let after: string | null = null
    let frame = 0
    const show = () => {
      frame = 0
      const batch = waiting.splice(0)
      setLines(({ buffer }) => ({ buffer: append(buffer, batch) }))
    }
    const stop = liveClient(userId).subscribe<{ lines: LogLine[] }>({
      document,
      variables: () => ({ ...JSON.parse(key), after }),
      onData: ({ lines: batch }) => {
        waiting.push(...batch)
        after = batch.at(-1)?.cursor ?? after
        frame ||= requestAnimationFrame(show)
      },
      onError: (error) => setLines(({ buffer }) => ({ buffer, error })),
      goesOn: () => goesOn.current,
    })
    return () => {
      stop()
      cancelAnimationFrame(frame)
      setLines({ buffer: emptyBuffer })
    }
  }, [userId, document, key])

  return lines
}
