'use client'

import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { ApiError } from '../errors.ts'
import { loginHref } from '../use-action.ts'
import { liveClient } from './client.ts'
import type { LiveStatus } from './messages.ts'

const UserId = createContext<string>('')

export function LiveProvider({ userId, children }: { userId: string; children: ReactNode }) {
  return <UserId value={userId}>{children}</UserId>
}

/** Whose live connection it is. */
export const useUserId = (): string => useContext(UserId)

type Live<T> = { data: T /** It is gone, or may not be looked at any more. */; error?: ApiError }

/** @param underWay given for what comes to an end by itself: whether it has not yet */
type LiveOptions<T> = { underWay?: (data: T) => boolean }

/** The newest state of something: first what the server rendered, then what the subscription brings. */
export function useSubscription<T>(
  document: string,
  variables: Record<string, unknown>,
  initial: T,
  options: LiveOptions<T> = {},
): Live<T> {
  const userId = useUserId()
  const [live, setLive] = useState<Live<T>>({ data: initial })
  const latest = useRef({ data: initial, ...options })
  const key = JSON.stringify(variables)
  useEffect(
    () =>
      liveClient(userId).subscribe<T>({
        document,
        variables: () => JSON.parse(key),
        onData: (data) => {
          latest.current.data = data
          setLive({ data })
        },
        onError: (error) => setLive(({ data }) => ({ data, error })),
        goesOn: () => latest.current.underWay?.(latest.current.data) ?? true,
      }),
    [userId, document, key],
  )
  return live
}

/** State of the live connection, for the hint in the header. Nobody logged in any more leads to log-in. */
export function useLiveStatus(): LiveStatus {
  const userId = useUserId()
  const status = useSyncExternalStore(
    (listener) => liveClient(userId).onStatus(listener),
    () => liveClient(userId).status,
    () => 'connecting' as const,
  )
  useEffect(() => {
    if (status === 'unauthenticated') location.assign(loginHref())
  }, [status])
  return status
}
