import { basesTimeoutMs, requireBases } from '../../testing/base-images.ts'
import { readInImage, removeImages, startImage, testImageBuilder } from '../../testing/image-builder.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { ImageArtifact } from '../builder.ts'
import { builderSuite } from '../suite.ts'

builderSuite<ImageArtifact>('image', {
  create: testImageBuilder,
  read: readInImage,
  async start(artifact) {
    const running = await startImage(artifact)
    const firstLine = await waitFor('its first line', async () => {
      const output = await running.output()
      return output.includes('\n') && output.slice(0, output.indexOf('\n'))
    })
    return { ...running, firstLine, port: String(running.port) }
  },
  async prepare() {
    await requireBases('node', 'python')
  },
  clean: (namespaces) => removeImages(...namespaces),
  timeoutMs: basesTimeoutMs,
  beginsWithinMs: 8_000,
})
