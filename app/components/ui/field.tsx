'use client'

import { type ComponentProps, type ReactNode, useId, useState } from 'react'
import { EyeIcon, EyeOffIcon } from './icons.tsx'

export const inputClass =
  'w-full rounded-md border border-line-strong bg-panel px-3 text-ink placeholder:text-faint transition-colors hover:border-faint focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent aria-invalid:border-bad disabled:opacity-60'

type FieldProps = Omit<ComponentProps<'input'>, 'id' | 'className'> & { label: string; hint?: ReactNode; error?: string | undefined }

/** An input with its label, a hint, and what is wrong with it. */
export function Field({ label, hint, error, ...input }: FieldProps) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <input id={id} {...described(id, hint, error)} {...input} className={`h-9 ${inputClass}`} />
    </FieldFrame>
  )
}

type AreaProps = Omit<ComponentProps<'textarea'>, 'id' | 'className'> & { label: string; hint?: ReactNode; error?: string | undefined }

/** Text of several lines, as it is: for values and keys. */
export function AreaField({ label, hint, error, ...area }: AreaProps) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <textarea
        id={id}
        {...described(id, hint, error)}
        rows={3}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        {...area}
        className={`block py-2 font-mono text-[13px] ${inputClass}`}
      />
    </FieldFrame>
  )
}

type SelectProps = Omit<ComponentProps<'select'>, 'id' | 'className'> & { label: string; hint?: ReactNode }

export function SelectField({ label, hint, children, ...select }: SelectProps) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} hint={hint} error={undefined}>
      <select id={id} {...described(id, hint, undefined)} {...select} className={`h-9 ${inputClass}`}>
        {children}
      </select>
    </FieldFrame>
  )
}

/** A password that can be looked at while it is typed. */
export function PasswordField({ label, hint, error, ...input }: FieldProps) {
  const id = useId()
  const [shown, setShown] = useState(false)
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <span className="relative block">
        <input
          id={id}
          {...described(id, hint, error)}
          {...input}
          type={shown ? 'text' : 'password'}
          className={`h-9 pr-10 ${inputClass}`}
        />
        <button
          type="button"
          onClick={() => setShown(!shown)}
          aria-pressed={shown}
          aria-label="Show password"
          title={shown ? 'Hide password' : 'Show password'}
          className="absolute inset-y-0 right-0 flex w-10 items-center justify-center rounded-md text-faint hover:text-ink"
        >
          {shown ? <EyeOffIcon /> : <EyeIcon />}
        </button>
      </span>
    </FieldFrame>
  )
}

function FieldFrame({
  id,
  label,
  hint,
  error,
  children,
}: {
  id: string
  label: string
  hint: ReactNode
  error: string | undefined
  children: ReactNode
}) {
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-[13px] font-medium">
        {label}
      </label>
      {children}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-[13px] text-bad">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  )
}

function described(id: string, hint: ReactNode, error: string | undefined) {
  const by = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return { ...(by && { 'aria-describedby': by }), ...(error && { 'aria-invalid': true }) }
}
