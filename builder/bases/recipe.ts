import type { Base } from './base.ts'
import type { Machine } from './machine.ts'

/** What is made on this machine: each base, and what several of them share. */
export type LocalBase = Base | 'jdk'

/** How a base image is made on another one, as data. */
export type Recipe = {
  parent: LocalBase | 'packages'
  /** Put into the build's context: path there → a file or directory of this machine. */
  copies: Readonly<Record<string, string>>
  /** Likewise, but text. */
  texts: Readonly<Record<string, string>>
  /** A directory that is the whole context in place of those, but for what `leaveOut` lists. */
  context?: { directory: string; leaveOut: readonly string[] }
  /** Further stages, before the image's own. */
  stages: readonly string[]
  /** Of the image's own stage, after FROM. */
  lines: readonly string[]
}

/** A newer Go than Debian has comes by the Go module proxy. */
const goVersion = '1.27.4'
const npmDirectory = '/usr/local/lib/node_modules/npm'
const bundle = '/etc/ssl/certs/ca-certificates.crt'

/** Made of Debian's packages, with this machine's node, npm, Go and Rust where it has them. */
export function recipeOf(base: LocalBase, machine: Machine): Recipe {
  const plain = { parent: 'debian', copies: {}, texts: {}, stages: [] } as const
  switch (base) {
    case 'debian':
      return {
        ...plain,
        parent: 'packages',
        texts: Object.fromEntries(Object.entries(machine.authorities).map(([name, text]) => [`authorities/${name}`, text])),
        lines: [...withAuthorities(machine), environment(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'PIP_CERT'])],
      }
    case 'node':
      return {
        ...plain,
        copies: { node: machine.node, npm: machine.npm },
        lines: [
          'COPY node /usr/local/bin/node',
          `COPY npm ${npmDirectory}`,
          run(['ln', '-s', `${npmDirectory}/bin/npm-cli.js`, '/usr/local/bin/npm']),
          run(['ln', '-s', `${npmDirectory}/bin/npx-cli.js`, '/usr/local/bin/npx']),
        ],
      }
    case 'python':
      return { ...plain, lines: packages('python3', 'python3-venv') }
    case 'go':
      return machine.go === undefined ? goOfProxy(plain) : goOfMachine(plain, machine.go)
    case 'rust':
      return machine.rust === undefined ? { ...plain, lines: packages('cargo', 'gcc', 'libc6-dev') } : rustOfMachine(plain, machine.rust)
    case 'java':
      // Its installation ends with links to manuals, whose directory Debian's smaller installations leave out.
      return { ...plain, lines: [run(['mkdir', '-p', '/usr/share/man/man1']), ...packages('default-jre-headless')] }
    case 'jdk':
      return { ...plain, parent: 'java', lines: packages('default-jdk-headless') }
    case 'maven':
      return { ...plain, parent: 'jdk', lines: packages('maven') }
    case 'gradle':
      return { ...plain, parent: 'jdk', lines: packages('gradle') }
  }
}

type Plain = Pick<Recipe, 'parent' | 'copies' | 'texts' | 'stages'>

const goEnvironment = 'ENV PATH=/usr/local/go/bin:$PATH'

function goOfMachine(plain: Plain, directory: string): Recipe {
  const leaveOut = ['api', 'doc', 'misc', 'test', '**/testdata']
  return { ...plain, context: { directory, leaveOut }, lines: ['COPY . /usr/local/go', goEnvironment] }
}

function goOfProxy(plain: Plain): Recipe {
  const module = `golang.org/toolchain@v0.0.1-go${goVersion}.linux-amd64`
  const stages = [
    'FROM PARENT AS toolchain',
    ...packages('golang-go'),
    run(['go', 'mod', 'download', module]),
    run(['cp', '-r', `/root/go/pkg/mod/${module}`, '/usr/local/go']),
  ]
  return { ...plain, stages, lines: ['COPY --from=toolchain /usr/local/go /usr/local/go', goEnvironment] }
}

function rustOfMachine(plain: Plain, directory: string): Recipe {
  const leaveOut = [
    'share',
    'etc',
    'lib/rustlib/src',
    'libexec',
    ...['rust-gdb', 'rust-gdbgui', 'rust-lldb', 'rustdoc'].map((name) => `bin/${name}`),
  ]
  return {
    ...plain,
    context: { directory, leaveOut },
    lines: [...packages('gcc', 'libc6-dev'), 'COPY . /usr/local/rust', 'ENV PATH=/usr/local/rust/bin:$PATH'],
  }
}

function withAuthorities({ authorities }: Machine): string[] {
  if (Object.keys(authorities).length === 0) return []
  return ['COPY authorities/ /usr/local/share/ca-certificates/', run(['update-ca-certificates'])]
}

/** Programs with certificates of their own are told to trust the system's. */
const environment = (names: readonly string[]) => `ENV ${names.map((name) => `${name}=${bundle}`).join(' ')}`

const run = (argv: readonly string[]) => `RUN ${JSON.stringify(argv)}`

/** Lists and archives lie in directories that only the build has, so that they are in no layer. */
function packages(...names: readonly string[]): string[] {
  const mounts = ['lists', 'cache'].map(
    (name) => `--mount=type=cache,id=micro-apt-${name},sharing=locked,target=/var/${name === 'lists' ? 'lib/apt/lists' : 'cache/apt'}`,
  )
  const apt = ['apt-get', '-q', '-o', 'Dpkg::Use-Pty=0', '-o', 'APT::Keep-Downloaded-Packages=false']
  return [
    `RUN ${mounts.join(' ')} ${JSON.stringify([...apt, 'update'])}`,
    `RUN ${mounts.join(' ')} ${JSON.stringify([...apt, 'install', '--yes', '--no-install-recommends', ...names])}`,
  ]
}
