import { describe, expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { planPython } from './plan.ts'
import { projectDependencies, requirementsOf } from './requirements.ts'

const plan = (files: Record<string, string>, uv = false) => planPython(treeOf(files), { images: false, has: () => uv })

describe('start', () => {
  test.each<[string, Record<string, string>, unknown]>([
    ['main.py', { 'main.py': 'print(1)' }, ['python3', 'main.py']],
    ['main.py before app.py', { 'app.py': '', 'main.py': '' }, ['python3', 'main.py']],
    [
      'FastAPI with uvicorn',
      { 'main.py': 'api = FastAPI()', 'requirements.txt': 'fastapi\nuvicorn[standard]==0.3' },
      `exec python3 -m uvicorn main:api --host "\${HOST:-127.0.0.1}" --port "$PORT"`,
    ],
    ['FastAPI without uvicorn starts by itself', { 'main.py': 'app = FastAPI()', 'requirements.txt': 'fastapi' }, ['python3', 'main.py']],
    [
      'Flask with gunicorn',
      { 'app.py': 'app: Flask = flask.Flask(__name__)', 'requirements.txt': 'Flask\ngunicorn' },
      `exec gunicorn app:app --bind "\${HOST:-127.0.0.1}:$PORT"`,
    ],
    [
      'Flask that runs itself',
      { 'app.py': 'app = Flask(__name__)\nif __name__ == "__main__": app.run()', 'requirements.txt': 'flask' },
      ['python3', 'app.py'],
    ],
    [
      'Flask that does not',
      { 'app.py': 'app = Flask(__name__)', 'requirements.txt': 'flask' },
      `exec python3 -m flask --app app:app run --host "\${HOST:-127.0.0.1}" --port "$PORT"`,
    ],
    [
      'Django with gunicorn',
      { 'manage.py': '', 'site1/wsgi.py': '', 'requirements.txt': 'Django>=5\ngunicorn' },
      `exec gunicorn site1.wsgi --bind "\${HOST:-127.0.0.1}:$PORT"`,
    ],
    ['nothing', { 'requirements.txt': 'x', 'lib.py': '' }, undefined],
  ])('%s', (_, files, start) => {
    expect(plan(files)?.startCommand).toEqual(start)
  })
})

describe('install', () => {
  test('without requirements nothing runs', () => {
    expect(plan({ 'main.py': '' })?.steps).toEqual([])
    expect(plan({ 'main.py': '', 'requirements.txt': '# none yet\n\n' })?.steps).toEqual([])
  })

  test('by pip, or by uv where that is', () => {
    const files = { 'main.py': '', 'requirements.txt': 'a==1' }
    const [pip] = plan(files)?.steps ?? []
    expect(pip?.commands.slice(0, 2)).toEqual([
      ['python3', '-m', 'venv', '.venv'],
      ['.venv/bin/python', '-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '-r', 'requirements.txt'],
    ])
    expect(pip?.cache).toEqual({ directory: '.venv', inputs: ['requirements.txt'], key: ['requirements.txt', 'a==1'] })
    expect(plan(files, true)?.steps[0]?.commands[1]).toEqual([
      'uv',
      'pip',
      'install',
      '--python',
      '.venv/bin/python',
      '-r',
      'requirements.txt',
    ])
  })

  test('with every file that requirements.txt names', () => {
    const files = {
      'requirements.txt': '-r deps/base.txt  # more\nb',
      'deps/base.txt': 'a\n-c pins.txt',
      'deps/pins.txt': 'a==1\n-r ../requirements.txt',
    }
    expect(requirementsOf(treeOf(files))).toMatchObject({
      inputs: ['requirements.txt', 'deps/base.txt', 'deps/pins.txt'],
      packages: new Set(['a', 'b']),
    })
  })

  test.each(['-e .', './lib', '--editable=x'])('one that installs the source itself is not kept: %s', (line) => {
    expect(plan({ 'main.py': '', 'requirements.txt': line })?.steps[0]?.cache).toBeUndefined()
  })

  test('from pyproject.toml', () => {
    const step = plan({ 'main.py': '', 'pyproject.toml': '[project]\nname = "x"\ndependencies = ["a>=1"]\n' })?.steps[0]
    expect(step?.commands[1]?.slice(-2)).toEqual(['--', 'a>=1'])
    expect(step?.title).toBe('pip install (pyproject.toml)')
  })
})

test.each<[string, string[]]>([
  ['[project]\nname="x"\n', []],
  ['[project]\ndependencies = []', []],
  [
    '[project]\ndependencies = [\n  "a[extra]>=1; python_version < \'3.9\'", # why\n  \'b\',\n]\n[tool.x]\ndependencies=["no"]',
    ["a[extra]>=1; python_version < '3.9'", 'b'],
  ],
  ['[tool.poetry]\ndependencies = ["no"]', []],
])('dependencies of %j', (toml, dependencies) => {
  expect(projectDependencies(toml)).toEqual(dependencies)
})
