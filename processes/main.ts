import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/** `main.ts server …` is `micro server …`; `main.ts <role>` is one of its children; `main.ts compile <role>` only readies its code. */
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/micro/compile', import.meta.url)))

const [name, ...rest] = process.argv.slice(2)
if (name === 'server') {
  const { main } = await import('./server.ts')
  process.exit(await main(rest))
} else if (name === 'compile') {
  const { compile, endCompiled } = await import('./compile.ts')
  await compile(rest[0])
  endCompiled()
} else {
  const { roles, runRole } = await import('./role.ts')
  const role = roles.find((candidate) => candidate === name)
  if (!role) throw new Error(`There is no process named ${name}.`)
  await runRole(role)
}
