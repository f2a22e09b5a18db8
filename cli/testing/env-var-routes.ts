import { timestampNow } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import {
  EnvVarDelivery,
  type EnvVarInput,
  EnvVarKind,
  EnvVarOrigin,
  EnvVarService,
  EnvVarState,
} from '../../gen/proto/micro/envvar/v1/envvar_pb.ts'
import { beginDeployment } from './runtime-routes.ts'
import { authenticator, fail, type State } from './state.ts'

export function envVarRoutes(router: ConnectRouter, state: State): void {
  const authenticated = authenticator(state)
  const variablesOf = (service = ''): Map<string, EnvVarInput> => {
    if (service !== '' && !state.services.has(service)) throw fail(Code.NotFound, `There is no service ${service} in brave-otter-42.`)
    const found = state.envVars.get(service) ?? new Map<string, EnvVarInput>()
    state.envVars.set(service, found)
    return found
  }
  const rollOut = (service: string | undefined, deploy = true) =>
    (deploy ? [...state.services.keys()] : [])
      .filter((name) => service === undefined || name === service)
      .map((name) => beginDeployment(state, name, 'env-var', ''))
  const notSet = (name: string) => fail(Code.NotFound, `There is no variable "${name}".`)

  router.service(EnvVarService, {
    listEnvVars({ service }, context) {
      authenticated(context)
      const envVars = [...variablesOf(service).values()].map(({ name, value, kind, delivery }) => ({
        name,
        kind: kind || EnvVarKind.PLAIN,
        delivery: delivery || EnvVarDelivery.VARIABLE,
        origin: service === undefined ? EnvVarOrigin.NAMESPACE : EnvVarOrigin.SERVICE,
        state: service === undefined ? EnvVarState.UNSPECIFIED : EnvVarState.LIVE,
        ...(kind === EnvVarKind.SECRET ? {} : { value }),
        updateTime: timestampNow(),
        updatedBy: 'alice',
      }))
      return { envVars }
    },
    setEnvVars({ service, variables, deploy }, context) {
      authenticated(context)
      const set = variablesOf(service)
      const changed = variables.filter(({ name, value }) => set.get(name)?.value !== value)
      for (const variable of variables) set.set(variable.name, variable)
      return { changed: changed.map(({ name }) => name), deployments: changed.length > 0 ? rollOut(service, deploy) : [] }
    },
    unsetEnvVars({ service, names, deploy }, context) {
      authenticated(context)
      for (const name of names) if (!variablesOf(service).delete(name)) throw notSet(name)
      return { changed: names, deployments: rollOut(service, deploy) }
    },
    applyEnvVars({ service }, context) {
      authenticated(context)
      return { deployments: rollOut(service) }
    },
    revealEnvVar({ service, name }, context) {
      authenticated(context)
      const found = variablesOf(service).get(name)
      if (found === undefined) throw notSet(name)
      return { value: found.value }
    },
  })
}
