import { type Engine, ignoring } from './engine.ts'

/** The kernel's freezer stops all of its processes at once. Nothing happens when it is paused already, or does not run. */
export async function pauseContainer(engine: Engine, container: string): Promise<void> {
  await ignoring(
    [404, 409],
    engine.call((docker) => docker.getContainer(container).pause()),
  )
}

/** Nothing happens when it is not paused, which older engines call an error of their own. */
export async function resumeContainer(engine: Engine, container: string): Promise<void> {
  try {
    await ignoring(
      [404, 409],
      engine.call((docker) => docker.getContainer(container).unpause()),
    )
  } catch (error) {
    if (!(error instanceof Error && /not paused/i.test(error.message))) throw error
  }
}
