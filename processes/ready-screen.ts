import type { ServerSettings } from '../config/server.ts'
import type { ChosenSettings } from './choose-runtime.ts'
import { checkout } from './prepare.ts'

/** Where the command looks unless it is told otherwise. */
const usualPort = 8080

/** What somebody who has just started the server wants to know. */
export function readyScreen(settings: ChosenSettings, tookMs: number): string {
  const { publicUrl, paths, databaseUrl } = settings
  const { protocol, host } = new URL(publicUrl)
  const rows = [
    ['Console', publicUrl],
    ['Services', `${protocol}//<namespace>.${host}/<service>`],
    ...runtime(settings),
    ['Database', databaseUrl === undefined ? 'PostgreSQL, embedded' : 'PostgreSQL at DATABASE_URL'],
    ['Data', paths.data],
    ['Log in', login(settings)],
  ]
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(10)}${value}`)
  return [
    '',
    `  Micro is ready (${(tookMs / 1000).toFixed(1)} s).`,
    '',
    ...lines,
    '',
    '  Ctrl-C stops it. In another terminal:',
    '',
    ...firstCommands(settings).map((command) => `    ${command}`),
    '',
  ].join('\n')
}

/** As they work in a terminal that was opened just now, anywhere. */
function firstCommands({ port }: ServerSettings): string[] {
  return [`export PATH="${checkout}/bin:$PATH"`, ...(port === usualPort ? [] : [`export MICRO_PORT=${port}`]), 'micro signup']
}

function runtime({ runtime, whyProcess, dockerSocket, sandbox, isRoot }: ChosenSettings): [string, string][] {
  if (runtime === 'docker') {
    const kernel = sandbox === 'gvisor' ? ', on gVisor' : ''
    const isolation = isRoot ? '' : ', not isolated from each other since the server is not root'
    return [['Runtime', `docker: services are containers of the engine at ${dockerSocket}${kernel}${isolation}`]]
  }
  const rows: [string, string][] = [['Runtime', 'process: services are plain processes of this machine, not isolated from it']]
  return whyProcess === undefined ? rows : [...rows, ['', `No containers: ${whyProcess}`]]
}

function login({ loopbackOnly, adminPassword }: ServerSettings): string {
  if (adminPassword !== undefined) return 'admin, with the password of MICRO_ADMIN_PASSWORD'
  if (loopbackOnly) return 'admin / micro, or sign up'
  return 'sign up; for the operator admin, start with MICRO_ADMIN_PASSWORD set'
}
