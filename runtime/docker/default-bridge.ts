import { Engine } from './engine.ts'

/** The bridge of the engine's default network, on which builds are. */
export async function defaultBridge(socket: string): Promise<string> {
  const engine = new Engine(socket)
  const network = await engine.find((docker) => docker.getNetwork('bridge').inspect())
  return network?.Options?.['com.docker.network.bridge.name'] ?? 'docker0'
}
