'use client'

import { type FormEvent, useState } from 'react'
import { call } from '../../lib/call.ts'
import { setEnvVarsMutation } from '../../lib/documents.ts'
import type { EnvVar, EnvVarChange } from '../../lib/model.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { DialogActions } from '../ui/dialog.tsx'
import { AreaField, Field, SelectField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import type { Owner } from './env-var-value.tsx'

const types = {
  plain: { kind: 'PLAIN', delivery: 'VARIABLE', label: 'Variable', hint: 'Developers of the namespace see its value.' },
  secret: {
    kind: 'SECRET',
    delivery: 'VARIABLE',
    label: 'Secret',
    hint: 'A variable whose value is not shown again, but to admins who ask for it.',
  },
  file: { kind: 'SECRET', delivery: 'FILE', label: 'Secret file', hint: 'A file in the directory $MICRO_SECRETS, and no variable.' },
} as const

type Type = keyof typeof types

type FormProps = { owner: Owner; variable: EnvVar | undefined; onDone: (change: EnvVarChange) => void; onClose: () => void }

/** Sets one variable: a new one, or another value of one that is there. */
export function EnvVarForm({ owner, variable, onDone, onClose }: FormProps) {
  const { run, pending, problem } = useAction()
  const [type, setType] = useState<Type>(typeOf(variable))
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const name = variable?.name ?? `${data.get('name')}`.trim()
    // A form has the line ends of the network.
    const value = `${data.get('value')}`.replaceAll('\r\n', '\n')
    const { kind, delivery } = types[type]
    const input = { ...owner, variables: [{ name, value, kind, delivery }], deploy: data.get('deploy') === 'on' }
    const done = await run(async () => onDone((await call<{ change: EnvVarChange }>(setEnvVarsMutation, input)).change))
    if (done) onClose()
  }
  return (
    <form method="post" onSubmit={submit} className="space-y-4">
      {!variable && (
        <Field
          label="Name"
          name="name"
          placeholder="LOG_LEVEL"
          required
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={200}
        />
      )}
      <AreaField
        label="Value"
        name="value"
        defaultValue={variable?.value ?? ''}
        required={variable?.kind === 'SECRET'}
        hint={variable?.kind === 'SECRET' ? 'The present value is not shown. What you type replaces it.' : undefined}
      />
      <SelectField label="Kind" value={type} onChange={(event) => setType(event.target.value as Type)} hint={types[type].hint}>
        {Object.entries(types).map(([key, { label }]) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </SelectField>
      <label className="flex items-center gap-2 text-[13px]">
        <input type="checkbox" name="deploy" defaultChecked className="size-4 accent-accent" />
        {owner.service ? 'Roll it out now, as a new release' : 'Roll it out now to the services that run'}
      </label>
      <ProblemNotice problem={problem} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" pending={pending}>
          Save
        </Button>
      </DialogActions>
    </form>
  )
}

function typeOf(variable: EnvVar | undefined): Type {
  if (variable?.delivery === 'FILE') return 'file'
  return variable?.kind === 'SECRET' ? 'secret' : 'plain'
}
