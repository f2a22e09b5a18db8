import { describeWithDocker } from '../../testing/docker.ts'
import { runtimeSuite } from '../suite.ts'
import { createPlace } from './testing.ts'

await describeWithDocker('containers', ({ socket }) => {
  runtimeSuite('docker', async () => {
    const place = await createPlace(socket)
    let runtime = await place.open()
    return {
      runtime,
      artifact: place.artifact,
      async reach(id, port) {
        const instance = (await runtime.list()).find((candidate) => candidate.id === id)
        if (instance?.state !== 'running') throw new Error('it does not run')
        return { host: instance.address.host, port }
      },
      async reopen() {
        await runtime.close()
        runtime = await place.open()
        return runtime
      },
      dispose: place.dispose,
    }
  })
})
