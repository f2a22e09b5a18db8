import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { planOf } from './builder.ts'
import { isFast } from './dependencies.ts'
import { dependencyDockerfile, fullDockerfile, packedDockerfile } from './dockerfile.ts'

const surroundings = { namespace: 'ns_a', env: { GREETING: 'it\'s "me" $HOME' }, secrets: { command: '/run/micro/command' } }
const bases = { build: 'micro/build', run: 'micro/run' }
const mounts = '--mount=type=secret,id=command,target=/run/micro/command,required=true --mount=type=cache,id=micro-ns_a,target=/cache'
const run = (...argv: string[]) =>
  `RUN ${mounts} ${JSON.stringify(['/bin/sh', '/run/micro/command', 'env', 'GREETING=it\'s "me" $HOME', ...argv])}`
const node = (json: object) => planOf(treeOf({ 'package.json': JSON.stringify(json), 'package-lock.json': '{}' }), {})

test('a build has its dependencies in a layer of their own, by lists of arguments alone', () => {
  const plan = node({ scripts: { build: 'x', start: 'node a.js' }, dependencies: { a: '1' }, devDependencies: { b: '1' } })
  const { text, ignore, titles } = fullDockerfile(plan, bases, surroundings)
  const lines = text.split('\n')
  expect(lines.slice(0, 5)).toEqual([
    'FROM micro/build AS build',
    'USER 0',
    'WORKDIR /app',
    'ENV PATH=/app/node_modules/.bin:$PATH',
    'COPY ["package.json","package-lock.json","./"]',
  ])
  expect(lines.slice(6, 8)).toEqual(['COPY . .', run('npm', 'run', 'build')])
  expect(lines.slice(-11)).toEqual([
    'FROM micro/run AS image',
    'WORKDIR /app',
    'COPY --from=build ["/app/node_modules","/app/node_modules"]',
    'COPY --from=build ["/out","/app"]',
    'ENV HOST=0.0.0.0',
    'ENV NODE_ENV=production',
    'ENV PATH=/app/node_modules/.bin:$PATH',
    'USER 65534:65534',
    'ENTRYPOINT []',
    'CMD ["node","a.js"]',
    '',
  ])
  expect(ignore).toEqual(['node_modules'])
  expect(Object.fromEntries(titles)).toEqual({
    'build 4': { title: 'npm install', last: true },
    'build 6': { title: 'npm run build', last: true },
    'build 7': { title: 'npm prune', last: true },
  })
})

test('a program stands on a smaller image than the one that builds it', () => {
  const plan = planOf(treeOf({ 'go.mod': 'module x', 'main.go': 'package main' }), {})
  const { text } = fullDockerfile(plan, bases, surroundings)
  expect(text).toContain('FROM micro/run AS image\nWORKDIR /app\nCOPY --from=build ["/app","/app"]')
  expect(isFast(plan)).toBe(false)
})

test('what keeps only its pages keeps no packages', () => {
  const { text } = fullDockerfile(node({ scripts: { build: 'vite build' }, devDependencies: { vite: '7' } }), bases, surroundings)
  expect(text).toContain('COPY --from=build ["/app/dist","/app/dist"]\nCOPY --from=build ["/app/.micro","/app/.micro"]')
  expect(text).not.toContain('prune')
})

test('dependencies alone are made of the files that decide about them', () => {
  const plan = planOf(treeOf({ 'main.py': '', 'requirements.txt': '-r deps/more.txt\nflask', 'deps/more.txt': 'requests' }), {})
  expect(isFast(plan)).toBe(true)
  const { text, ignore } = dependencyDockerfile(plan, 'micro/python', surroundings)
  expect(text).toContain('WORKDIR /deps\nENV PATH=/deps/.venv/bin:$PATH\nCOPY ["requirements.txt","./"]\nCOPY ["deps/more.txt","deps/"]\n')
  expect(ignore).toEqual(['**', '!requirements.txt', '!deps/more.txt'])
})

test('uv comes in a stage of its own, of which nothing stays', () => {
  const project = '[project]\nname = "x"\ndependencies = ["flask"]\n'
  const plan = planOf(treeOf({ 'main.py': '', 'pyproject.toml': project, 'uv.lock': '' }), {})
  const { text } = dependencyDockerfile(plan, 'micro/python', surroundings)
  expect(text).toContain('FROM micro/python AS tools\n')
  expect(text).toContain('--mount=type=bind,from=tools,source=/tools,target=/tools ["/bin/sh","/run/micro/command","env"')
})

test('a source is packed over its dependencies; a command line is one argument', () => {
  expect(packedDockerfile('micro-pack/x:1', 'node a.js && echo "$PORT"').text.split('\n').slice(0, 6)).toEqual([
    'FROM micro-pack/x:1 AS image',
    'WORKDIR /app',
    'COPY . /app',
    'USER 65534:65534',
    'ENTRYPOINT []',
    'CMD ["/bin/sh","-c","node a.js && echo \\"$PORT\\""]',
  ])
})
