'use client'

import { useEffect, useState } from 'react'
import { useLiveStatus } from '../../lib/live/use-live.tsx'

/** A short break is nobody's business. */
const patienceMs = 1_500

/** Says that what is shown may be old, when the live connection is gone. */
export function LiveHint() {
  const status = useLiveStatus()
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (status === 'open') return setShown(false)
    const timer = setTimeout(() => setShown(true), patienceMs)
    return () => clearTimeout(timer)
  }, [status])
  return (
    <span role="status" className="mr-2 shrink-0 text-xs text-warn">
      {shown && (
        <span className="flex items-center gap-1.5">
          <span className="size-1.5 animate-breathe rounded-full bg-warn" aria-hidden="true" />
          <span className="max-sm:sr-only">Reconnecting…</span>
        </span>
      )}
    </span>
  )
}
