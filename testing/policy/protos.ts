import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { DescService } from '@bufbuild/protobuf'

const generated = fileURLToPath(new URL('../../gen/proto', import.meta.url))

/** Every service of a package `micro.*` in gen/proto. */
export async function protoServices(): Promise<DescService[]> {
  const services: DescService[] = []
  for await (const path of glob('micro/**/*_pb.ts', { cwd: generated })) {
    const exported: Record<string, unknown> = await import(pathToFileURL(join(generated, path)).href)
    services.push(...Object.values(exported).filter(isService))
  }
  return services.sort((a, b) => (a.typeName < b.typeName ? -1 : 1))
}

const isService = (value: unknown): value is DescService =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'service'
