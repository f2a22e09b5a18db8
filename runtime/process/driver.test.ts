import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createLog } from '../../lib/log.ts'
import { type RuntimeFixture, runtimeSuite } from '../suite.ts'
import { createProcessRuntime } from './driver.ts'
import { tenantUser } from './user.ts'

runtimeSuite('process', processFixture)

async function processFixture(): Promise<RuntimeFixture> {
  const root = await mkdtemp(join(tmpdir(), 'micro-runtime-'))
  await chmod(root, 0o755)
  const user = await tenantUser()
  const open = () =>
    createProcessRuntime({
      directory: join(root, 'instances'),
      path: `${dirname(process.execPath)}:/usr/bin:/bin`,
      log: createLog('test', 'silent'),
      ...(user ? { user } : {}),
    })
  let runtime = await open()
  let artifacts = 0
  return {
    runtime,
    async artifact(files) {
      const path = join(root, `artifact-${artifacts++}`)
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), content)
      }
      return { kind: 'directory', path }
    },
    async reopen() {
      await runtime.close()
      runtime = await open()
      return runtime
    },
    async dispose() {
      for (const { id } of await runtime.list()) await runtime.remove(id, { graceMs: 0 })
      await runtime.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
