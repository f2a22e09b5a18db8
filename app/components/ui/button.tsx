import Link from 'next/link'
import type { ComponentProps } from 'react'

export type ButtonTone = 'primary' | 'secondary' | 'ghost' | 'danger' | 'caution'
export type ButtonSize = 'small' | 'normal' | 'large'

const tones: Record<ButtonTone, string> = {
  primary: 'bg-solid text-on-solid hover:opacity-85',
  secondary: 'border border-line-strong bg-panel text-ink hover:bg-hover aria-pressed:bg-hover',
  ghost: 'text-muted hover:bg-hover hover:text-ink',
  caution: 'border border-line-strong bg-panel text-bad hover:bg-bad-soft',
  danger: 'bg-bad text-panel hover:opacity-85',
}

const sizes: Record<ButtonSize, string> = {
  small: 'h-7 gap-1.5 px-2 text-[13px]',
  normal: 'h-8 gap-1.5 px-3 text-[13px]',
  large: 'h-10 gap-2 px-4 text-sm',
}

export function buttonClass(tone: ButtonTone = 'secondary', size: ButtonSize = 'normal', extra = ''): string {
  return `inline-flex shrink-0 items-center justify-center rounded-md font-medium whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:opacity-50 ${tones[tone]} ${sizes[size]} ${extra}`
}

type Look = { tone?: ButtonTone; size?: ButtonSize }

export function Button({
  tone,
  size,
  className,
  pending,
  children,
  disabled,
  ...rest
}: ComponentProps<'button'> & Look & { pending?: boolean }) {
  return (
    <button type="button" {...rest} disabled={disabled || pending} aria-busy={pending} className={buttonClass(tone, size, className)}>
      {pending && <Spinner />}
      {children}
    </button>
  )
}

export function LinkButton({ tone, size, className, ...rest }: ComponentProps<typeof Link> & Look) {
  return <Link {...rest} className={buttonClass(tone, size, className)} />
}

/** A square button with nothing but an icon: the label is its name for those who don't see it. */
export function IconButton({ label, className = '', ...rest }: ComponentProps<'button'> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-ink disabled:opacity-50 ${className}`}
    />
  )
}

export function Spinner() {
  return (
    <svg viewBox="0 0 16 16" className="size-3.5 animate-spin" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
      <circle cx="8" cy="8" r="6" opacity=".25" />
      <path d="M14 8a6 6 0 0 0-6-6" strokeLinecap="round" />
    </svg>
  )
}
