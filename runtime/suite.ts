import { describe } from 'vitest'
import { ending } from './suite/ending.ts'
import { createDriver, type RuntimeFixture } from './suite/helpers.ts'
import { knowing } from './suite/knowing.ts'
import { output } from './suite/output.ts'
import { pausing } from './suite/pausing.ts'
import { removing } from './suite/removing.ts'
import { starting } from './suite/starting.ts'

/** What every driver must do. */
export function runtimeSuite(name: string, factory: () => Promise<RuntimeFixture>): void {
  describe(`runtime ${name}`, () => {
    const driver = createDriver(factory)
    for (const topic of [starting, output, ending, removing, pausing, knowing]) topic(driver)
  })
}
