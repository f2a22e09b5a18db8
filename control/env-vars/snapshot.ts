import type { Release } from '../../gen/prisma/client.ts'
import type { Prisma } from '../../prisma/client.ts'
import type { ControlContext } from '../context.ts'
import type { Variable, VariableName } from './variable.ts'

type Sealing = Pick<ControlContext, 'platform'>
type Sealed = Pick<Release, 'serviceId' | 'sealedEnv' | 'variables'>

const purposeOf = ({ serviceId }: Pick<Release, 'serviceId'>): string => `env:${serviceId}`

/** The variables of a release: of its source, then those that are set, which win. */
export function layered(source: Readonly<Record<string, string>>, set: readonly Variable[]): Variable[] {
  const lowest = Object.entries(source).map(([name, value]): Variable => ({ name, value, ...ofSource }))
  return [...new Map([...lowest, ...set].map((variable) => [variable.name, variable])).values()].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
}

const ofSource = { kind: 'PLAIN', delivery: 'VARIABLE', origin: 'SOURCE' } as const

/** What a release keeps of them, for good. */
export function sealSnapshot(ctx: Sealing, service: { id: string }, variables: readonly Variable[]) {
  const values = Object.fromEntries(variables.map(({ name, value }) => [name, value]))
  return {
    sealedEnv: ctx.platform.sealer.seal(purposeOf({ serviceId: service.id }), JSON.stringify(values)),
    variables: variables.map(({ value: _, ...name }) => name) satisfies Prisma.InputJsonArray,
  }
}

export function openSnapshot(ctx: Sealing, release: Sealed): Variable[] {
  const names = new Map(namesIn(release).map((variable) => [variable.name, variable]))
  return Object.entries(openValues(ctx, release)).map(([name, value]) => ({ ...(names.get(name) ?? { name, ...ofSource }), value }))
}

export const namesIn = ({ variables }: Pick<Release, 'variables'>): VariableName[] => variables as VariableName[]

/** Of its source alone. Releases of before there were variables to set keep no more than all of them together. */
export const sourceEnvOf = (ctx: Sealing, release: Sealed & Pick<Release, 'settings'>): Record<string, string> =>
  (release.settings as { env?: Record<string, string> }).env ?? openValues(ctx, release)

const openValues = (ctx: Sealing, release: Sealed): Record<string, string> =>
  JSON.parse(ctx.platform.sealer.open(purposeOf(release), release.sealedEnv)) as Record<string, string>

/** Whether instances would be given the same: where a variable comes from makes no difference. */
export function sameVariables(one: readonly Variable[], other: readonly Variable[]): boolean {
  const given = (variables: readonly Variable[]) => new Map(variables.map((variable) => [variable.name, contentOf(variable)]))
  const [left, right] = [given(one), given(other)]
  return left.size === right.size && [...left].every(([name, content]) => right.get(name) === content)
}

export const contentOf = ({ value, kind, delivery }: Variable): string => JSON.stringify([value, kind, delivery])

/** What nobody but instances and builds is to see, name → value: a build that is given them gets them by mount, never as arguments or variables. */
export const secretsIn = (variables: readonly Variable[]): Record<string, string> =>
  Object.fromEntries(variables.filter(({ kind }) => kind === 'SECRET').map(({ name, value }) => [name, value]))

/** As instances are given them. */
export function environmentOf(variables: readonly Variable[]): { env: Record<string, string>; secrets: Record<string, string> } {
  const delivered = (delivery: Variable['delivery']) =>
    Object.fromEntries(variables.filter((variable) => variable.delivery === delivery).map(({ name, value }) => [name, value]))
  return { env: delivered('VARIABLE'), secrets: delivered('FILE') }
}
