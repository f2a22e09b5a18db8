import type { PlatformSettings } from '../config/platform.ts'
import { freePort } from '../router/inside/testing.ts'
import { createOutside } from '../runtime/docker/firewall/testing.ts'
import { requireBases } from './base-images.ts'

/** Settings of a worker that runs services in containers of this engine, in networks that no other test has; base images are made at once. */
export async function dockerSettings(socket: string): Promise<{ settings: Partial<PlatformSettings>; dispose(): Promise<void> }> {
  await requireBases('node')
  const { pool, dispose } = await createOutside()
  const settings = { runtime: 'docker', dockerSocket: socket, networkPool: pool, port: await freePort(), baseImages: ['local'] } as const
  return { settings: { ...settings, baseImages: [...settings.baseImages] }, dispose }
}
