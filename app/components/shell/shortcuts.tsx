'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

const patienceMs = 1_000

/** `g s` goes to the services, `g a` to the account; `/` to the page's search. */
export function Shortcuts({ namespace }: { namespace: string }) {
  const router = useRouter()
  useEffect(() => {
    let startedAt = 0
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return
      const second = event.timeStamp - startedAt < patienceMs
      startedAt = event.key === 'g' ? event.timeStamp : 0
      if (second && event.key === 's') router.push(`/n/${namespace}`)
      if (second && event.key === 'a') router.push('/account')
      const search = document.querySelector<HTMLInputElement>('input[type=search]')
      if (event.key === '/' && search) {
        event.preventDefault()
        search.focus()
      }
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [namespace, router])
  return null
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select, dialog') !== null)
