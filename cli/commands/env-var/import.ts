import { command } from '../../command.ts'
import { deployFlags, kindOf, ownerArgument, ownerFlags, readOwner, reportChange, secretFlags } from '../../env-var.ts'
import { usageError } from '../../parse.ts'

export default command({
  summary: 'Set the variables that a .env file holds',
  details: 'Others stay as they are. FILE may be -, standard input.',
  arguments: {
    name: ownerArgument,
    file: { description: 'the file, or -', optional: true },
  },
  flags: { secret: secretFlags.secret, ...ownerFlags, ...deployFlags },
  examples: [
    'micro env-var import helloworld .env',
    'micro env-var import helloworld .env.secrets --secret',
    'micro env-var import --namespace-wide -',
  ],
  async run(ctx, { name, file, namespaceWide, secret, noDeploy, detach }) {
    const { owner, words } = readOwner({ name, rest: file === undefined ? [] : [file], namespaceWide })
    const [path, more] = words
    if (path === undefined) throw usageError('FILE is missing.', 'Give a .env file, or - for standard input.')
    if (more !== undefined) throw usageError(`"${more}" is one word too many.`, 'With --namespace-wide there is no name.')
    const [{ parseDotenv }, { readText }] = await Promise.all([import('../../dotenv.ts'), import('../../env-var-values.ts')])
    const values = parseDotenv(await readText(path))
    if (values.length === 0) throw usageError(`There are no variables in ${path}.`)
    const [api, namespace, kind] = await Promise.all([ctx.api(), ctx.namespace(), kindOf({ secret, file: false })])
    const given = values.map((value) => ({ ...value, ...kind }))
    const change = await api.envVar.setEnvVars({ namespace, ...owner, variables: given, deploy: !noDeploy })
    await reportChange(ctx, { ...change, verb: 'Set', service: owner.service, noDeploy, detach })
  },
})
