import { measureConsoleSize } from './console-size.ts'
import type { Figure } from './figure.ts'
import type { Installation } from './installation.ts'

export async function measureConsole({ port }: Installation): Promise<Figure[]> {
  const { gzipBytes, scripts } = await measureConsoleSize(`http://localhost:${port}`, 'admin', 'micro')
  return [
    { name: 'services page after login: all scripts until idle, gzip', unit: 'kB', goal: 180, samples: [gzipBytes / 1000] },
    { name: '— the largest of them', unit: 'kB', samples: [Math.max(...scripts.map((script) => script.gzipBytes)) / 1000] },
  ]
}
