'use client'

import Link from 'next/link'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'

type MenuProps = {
  /** Name for those who don't see the button. */
  label: string
  button: ReactNode
  buttonClassName: string
  align?: 'left' | 'right'
  children: ReactNode
}

/** A button that opens a list of links and actions: arrows move, Esc and a click elsewhere close. */
export function Menu({ label, button, buttonClassName, align = 'right', children }: MenuProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const trigger = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!open) return
    itemsOf(root.current)[0]?.focus()
    const closeOutside = ({ target }: Event) => !root.current?.contains(target as Node) && setOpen(false)
    document.addEventListener('pointerdown', closeOutside)
    document.addEventListener('focusin', closeOutside)
    return () => {
      document.removeEventListener('pointerdown', closeOutside)
      document.removeEventListener('focusin', closeOutside)
    }
  }, [open])

  /** The focus goes back before the chosen item is gone, so that a dialog which it opens can give it back in turn. */
  const close = () => {
    setOpen(false)
    trigger.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const items = itemsOf(root.current)
    const at = items.indexOf(document.activeElement as HTMLElement)
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
    const to = moves[event.key]
    if (event.key === 'Escape') close()
    else if (to !== undefined) {
      event.preventDefault()
      items.at(to % items.length)?.focus()
    }
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys reach it from the items inside.
    <div ref={root} className="relative" onKeyDown={open ? onKeyDown : undefined}>
      <button
        ref={trigger}
        type="button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className={buttonClassName}
      >
        {button}
      </button>
      {open && (
        <div
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onClick={close}
          onKeyDown={() => {}}
          className={`absolute top-full z-30 mt-1 max-h-[70vh] w-max max-w-[calc(100vw-2rem)] min-w-48 overflow-y-auto rounded-lg border border-line bg-panel p-1 shadow-pop ${align === 'right' ? 'right-0' : 'left-0'}`}
        >
          {children}
        </div>
      )}
    </div>
  )
}

const itemClass =
  'flex w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left text-[13px] hover:bg-hover focus:bg-hover focus:outline-none disabled:opacity-50'

export function MenuItem({
  onSelect,
  danger = false,
  disabled = false,
  children,
}: {
  onSelect: () => void
  danger?: boolean
  disabled?: boolean
  children: ReactNode
}) {
  return (
    <button type="button" role="menuitem" disabled={disabled} onClick={onSelect} className={`${itemClass} ${danger ? 'text-bad' : ''}`}>
      {children}
    </button>
  )
}

export function MenuLink({ href, current = false, children }: { href: string; current?: boolean; children: ReactNode }) {
  return (
    <Link href={href} role="menuitem" prefetch={false} aria-current={current ? 'page' : undefined} className={itemClass}>
      {children}
    </Link>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className="px-2.5 pt-1.5 pb-1 text-xs text-faint">{children}</div>
}

export function MenuSeparator() {
  return <hr className="-mx-1 my-1 border-line" />
}

const itemsOf = (root: HTMLElement | null) => [...(root?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])]
