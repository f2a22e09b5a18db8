'use client'

import { useState } from 'react'
import { call } from '../../lib/call.ts'
import { revealEnvVarMutation } from '../../lib/documents.ts'
import { type EnvVar, mayAdminister, type Role } from '../../lib/model.ts'
import { useAction } from '../../lib/use-action.ts'
import { IconButton } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { EyeIcon, EyeOffIcon } from '../ui/icons.tsx'
import { ProblemNotice } from '../ui/notice.tsx'

export type Owner = { namespace: string; service?: string }

type ValueProps = { owner: Owner; variable: EnvVar; role: Role }

/** A secret is asked for only when somebody wants to see it. */
export function EnvVarValue({ owner, variable: { name, kind, value, origin, state, updatedAt }, role }: ValueProps) {
  const { run, pending, problem } = useAction()
  const [revealed, setRevealed] = useState<{ value: string; updatedAt: string | null }>()
  // What was revealed of an earlier value says nothing of this one.
  const secret = revealed?.updatedAt === updatedAt ? revealed?.value : undefined
  const reveal = () =>
    run(async () => {
      const answer = await call<{ value: string }>(revealEnvVarMutation, { ...owner, name })
      setRevealed({ value: answer.value, updatedAt })
    })
  if (kind === 'PLAIN') return value === null ? <Hidden /> : <Shown value={value} name={name} />
  return (
    <>
      <div className="flex min-w-0 items-start gap-1">
        {secret === undefined ? <Hidden /> : <Shown value={secret} name={name} />}
        {mayAdminister(role) && origin !== 'SOURCE' && state !== 'REMOVED' && (
          <IconButton
            label={secret === undefined ? `Reveal ${name}` : `Hide ${name}`}
            onClick={secret === undefined ? reveal : () => setRevealed(undefined)}
            disabled={pending}
            className="size-7"
          >
            {secret === undefined ? <EyeIcon /> : <EyeOffIcon />}
          </IconButton>
        )}
      </div>
      <ProblemNotice problem={problem} />
    </>
  )
}

function Shown({ value, name }: { value: string; name: string }) {
  return (
    <div className="flex min-w-0 flex-1 items-start gap-1">
      <pre className="max-h-28 min-w-0 overflow-y-auto py-1 font-mono text-[13px] leading-5 break-all whitespace-pre-wrap">
        {value === '' ? <span className="text-faint">empty</span> : value}
      </pre>
      <CopyButton text={value} label={`Copy the value of ${name}`} />
    </div>
  )
}

function Hidden() {
  return (
    <span className="py-1 text-faint select-none">
      <span aria-hidden="true">••••••••</span>
      <span className="sr-only">Not shown</span>
    </span>
  )
}
