'use client'

import { useSyncExternalStore } from 'react'
import { IconButton } from '../ui/button.tsx'
import { MonitorIcon, MoonIcon, SunIcon } from '../ui/icons.tsx'

type Theme = 'system' | 'light' | 'dark'

const key = 'theme'
const order: Theme[] = ['system', 'light', 'dark']
const icons = { system: <MonitorIcon />, light: <SunIcon />, dark: <MoonIcon /> }
const listeners = new Set<() => void>()

/** Light, dark, or as the system has it. What was chosen is applied before the first paint by themeScript. */
export function ThemeToggle() {
  const theme = useSyncExternalStore(subscribe, read, () => 'system' as const)
  const next = order[(order.indexOf(theme) + 1) % order.length] ?? 'system'
  return (
    <IconButton label={`Theme: ${theme}. Change to ${next}`} onClick={() => choose(next)}>
      {icons[theme]}
    </IconButton>
  )
}

function read(): Theme {
  const stored = localStorage.getItem(key)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

function choose(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(key)
  else localStorage.setItem(key, theme)
  apply(theme)
  for (const listener of listeners) listener()
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

/** Also tells when another tab changed it. */
function subscribe(listener: () => void): () => void {
  const onStorage = () => {
    apply(read())
    listener()
  }
  listeners.add(listener)
  addEventListener('storage', onStorage)
  return () => {
    listeners.delete(listener)
    removeEventListener('storage', onStorage)
  }
}
