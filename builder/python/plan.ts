import type { Command, Plan, PlanOptions, Step } from '../plan.ts'
import type { SourceTree } from '../tree.ts'
import { type Requirements, requirementsOf } from './requirements.ts'

const markers = ['requirements.txt', 'pyproject.toml', 'main.py', 'app.py', 'manage.py', 'server.py']
const modules = ['main', 'app', 'server']
const bind = `"\${HOST:-127.0.0.1}:$PORT"`
const hostAndPort = `--host "\${HOST:-127.0.0.1}" --port "$PORT"`

export function planPython(tree: SourceTree, options: PlanOptions): Plan | undefined {
  const marker = markers.find((path) => tree.files.has(path))
  if (marker === undefined) return undefined
  const requirements = requirementsOf(tree)
  const startCommand = startOf(tree, requirements?.packages ?? new Set())
  const { installCommand, buildCommand } = options
  return {
    detected: `Python (${marker})`,
    steps: [
      ...(installCommand !== undefined
        ? [{ title: installCommand, commands: [installCommand] }]
        : requirements
          ? [install(tree, requirements, options)]
          : []),
      ...(buildCommand === undefined ? [] : [{ title: buildCommand, commands: [buildCommand] }]),
    ],
    ...(startCommand === undefined
      ? { missingStart: `${marker} is there, but none of main.py, app.py, server.py and manage.py, and no Procfile with a web: line.` }
      : { startCommand }),
    programs: ['.venv/bin'],
    // Output that waits in a buffer is missing from the log when it is needed; and an artifact stays as it was built.
    env: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
    bases: { build: 'python', run: 'python' },
  }
}

function install(tree: SourceTree, requirements: Requirements, { images, has }: PlanOptions): Step {
  const locked = tree.files.has('pyproject.toml') && tree.files.has('uv.lock') && requirements.from === 'pyproject.toml'
  const uv = images ? locked : has('uv')
  const make = uv ? withUv(requirements, locked, images ? `${toolsDirectory}/bin/uv` : 'uv') : withPip(requirements)
  const step: Step = {
    title: `${uv ? 'uv' : 'pip'} install (${uv && locked ? 'uv.lock' : requirements.from})`,
    // In an image it stays where it was made.
    commands: images ? make : [...make, [python, '-c', relocate]],
    missing:
      "This source needs Python 3, which isn't installed on the server. Install it there (Debian: apt install python3 python3-venv).",
    ...(images && uv ? { tools: { directory: toolsDirectory, commands: uvItself } } : {}),
  }
  if (requirements.local) return step
  const inputs = locked && uv ? ['pyproject.toml', 'uv.lock'] : requirements.inputs
  const contents = inputs.flatMap((path) => [path, tree.text(path) ?? ''])
  return { ...step, cache: { directory: '.venv', inputs, key: contents } }
}

const python = '.venv/bin/python'
const toolsDirectory = '/tools'
const pip = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check']
const uvItself = [
  ['python3', '-m', 'venv', toolsDirectory],
  [`${toolsDirectory}/bin/python`, ...pip, 'uv'],
]

const withPip = (requirements: Requirements): Command[] => [
  ['python3', '-m', 'venv', '.venv'],
  [python, ...pip, ...requirements.arguments],
]

function withUv(requirements: Requirements, locked: boolean, uv: string): Command[] {
  if (locked) return [[uv, 'sync', '--frozen', '--no-dev', '--no-install-project', '--no-python-downloads', '--link-mode', 'copy']]
  return [
    [uv, 'venv', '--quiet', '.venv'],
    [uv, 'pip', 'install', '--python', python, ...requirements.arguments],
  ]
}

/** Programs of a virtual environment name its interpreter by an absolute path; the environment is moved, so they shall look beside themselves. */
const relocate = `
import pathlib, re
# In a long path the interpreter stands in a line for the shell instead of behind #!.
head = re.compile(rb"#![^\\n]*/.venv/bin/python[^\\n]*\\n|#!/bin/sh\\n'''exec' [^\\n]*/.venv/bin/python[^\\n]*\\n' '''\\n")
new = b"""#!/bin/sh\\n'''exec' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"\\n' '''\\n"""
for path in pathlib.Path('.venv/bin').iterdir():
    if path.is_symlink() or not path.is_file(): continue
    data = path.read_bytes()
    match = head.match(data)
    if match: path.write_bytes(new + data[match.end():])
`

function startOf(tree: SourceTree, packages: ReadonlySet<string>): Command | undefined {
  if (tree.files.has('manage.py') && packages.has('django')) return startDjango(tree, packages)
  const module = modules.find((name) => tree.files.has(`${name}.py`))
  if (module === undefined) return undefined
  const text = tree.text(`${module}.py`) ?? ''
  const asgi = variable(text, 'FastAPI|Starlette|Litestar')
  if (asgi !== undefined && packages.has('uvicorn')) return `exec python3 -m uvicorn ${module}:${asgi} ${hostAndPort}`
  const wsgi = variable(text, 'Flask|Bottle')
  if (wsgi !== undefined && packages.has('gunicorn')) return `exec gunicorn ${module}:${wsgi} --bind ${bind}`
  if (wsgi !== undefined && packages.has('flask') && !text.includes('__main__'))
    return `exec python3 -m flask --app ${module}:${wsgi} run ${hostAndPort}`
  return ['python3', `${module}.py`]
}

function startDjango(tree: SourceTree, packages: ReadonlySet<string>): Command {
  const wsgi = [...tree.files.keys()].find((path) => /^[A-Za-z_]\w*\/wsgi\.py$/.test(path))
  if (wsgi !== undefined && packages.has('gunicorn')) return `exec gunicorn ${wsgi.slice(0, -3).replace('/', '.')} --bind ${bind}`
  return `exec python3 manage.py runserver --noreload ${bind}`
}

const variable = (text: string, classes: string) =>
  new RegExp(`^([A-Za-z_]\\w*)\\s*(?::[^=\\n]+)?=\\s*(?:\\w+\\.)?(?:${classes})\\(`, 'm').exec(text)?.[1]
