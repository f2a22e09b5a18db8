'use client'

import { useSyncExternalStore } from 'react'
import { IconButton } from './button.tsx'
import { AlertIcon, CheckIcon, CloseIcon } from './icons.tsx'

type Toast = { id: number; tone: 'ok' | 'bad'; text: string }

const shownMs = 5_000
const listeners = new Set<() => void>()
const none: Toast[] = []
let toasts: Toast[] = none
let ids = 0

/** Tells in the corner of the page that something was done, or was not. */
export function toast(text: string, tone: Toast['tone'] = 'ok'): void {
  const id = ids++
  change([...toasts.slice(-2), { id, tone, text }])
  setTimeout(() => dismiss(id), tone === 'ok' ? shownMs : shownMs * 2)
}

export function Toaster() {
  const shown = useSyncExternalStore(
    subscribe,
    () => toasts,
    () => none,
  )
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-end gap-2">
      {shown.map(({ id, tone, text }) => (
        <div
          key={id}
          className="pointer-events-auto flex max-w-sm items-center gap-2.5 rounded-lg border border-line bg-panel py-1.5 pr-1.5 pl-3 text-[13px] shadow-pop"
        >
          <span className={tone === 'ok' ? 'text-ok' : 'text-bad'}>{tone === 'ok' ? <CheckIcon /> : <AlertIcon />}</span>
          <span className="min-w-0 break-words">{text}</span>
          <IconButton label="Dismiss" onClick={() => dismiss(id)} className="size-7">
            <CloseIcon className="size-3.5" />
          </IconButton>
        </div>
      ))}
    </div>
  )
}

const dismiss = (id: number) => change(toasts.filter((one) => one.id !== id))

function change(next: Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
