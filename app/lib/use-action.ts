'use client'

import { useCallback, useState } from 'react'
import { describe, type Problem } from './errors.ts'

/** Runs what a button or form does: knows whether it is under way and what went wrong. */
export function useAction() {
  const [pending, setPending] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  /** @returns whether it succeeded */
  const run = useCallback(async (action: () => Promise<void>): Promise<boolean> => {
    setPending(true)
    setProblem(undefined)
    try {
      await action()
      return true
    } catch (error) {
      const found = describe(error)
      if (found.code === 'UNAUTHENTICATED' && !isLoginPage()) location.assign(loginHref())
      setProblem(found)
      return false
    } finally {
      setPending(false)
    }
  }, [])

  const clear = useCallback(() => setProblem(undefined), [])
  return { run, pending, problem, clear }
}

/** Where to log in again and then come back here. */
export const loginHref = (): string => `/login?next=${encodeURIComponent(location.pathname)}`

const isLoginPage = () => location.pathname === '/login'
