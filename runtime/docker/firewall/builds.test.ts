import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../../lib/ids.ts'
import { describeWithDocker, describeWithDockerd } from '../../../testing/docker.ts'
import { ensureTestImage } from '../../../testing/docker-image.ts'
import { createOwnEngine, type OwnEngine } from '../../../testing/dockerd.ts'
import { createFirewall, type DockerFirewall } from './firewall.ts'
import { createOutside, lanPort, listen, listenOnMachine, type Outcomes, type Outside, probe, run, type Targets } from './testing.ts'

/**
 * On an engine of the test's own, whose bridge no other test builds on. It leaves the machine's rules alone, so that what the machine's engine
 * does for its bridge is done here; the chain that rules of ours hang on is that engine's too.
 */
await describeWithDocker('what builds reach', () => {
  describeWithDockerd('by RUN', (dockerd) => {
    const bridge = `mctb${Math.floor(Math.random() * 1e6)}`
    let engine: OwnEngine
    let image: string
    let outside: Outside
    let machine: Awaited<ReturnType<typeof listenOnMachine>>
    let directory: string
    let neighbour: string
    const installation = newId('t')
    const firewallWith = (egressAllow: string[]): DockerFirewall =>
      createFirewall({
        ...{ installation, pool: outside.pool, port: 8080, buildBridge: bridge, egressAllow },
        resolverFiles: [join(directory, 'resolv.conf')],
      })
    const accept = ['-i', '-o'].map((way) => ['FORWARD', way, bridge, '-j', 'ACCEPT'])

    const targets = (): Targets => ({
      'a port of the machine at the bridge': `tcp ${outside.bridgeAddress} ${machine.port}`,
      'a port of the machine at its own address': `tcp ${machine.address} ${machine.port}`,
      'the same by UDP': `udp ${machine.address} ${machine.port}`,
      'a private network': `tcp ${outside.lan} ${lanPort}`,
      'a private network by UDP': `udp ${outside.lan} ${lanPort}`,
      'a network of a provider': `tcp ${outside.shared} ${lanPort}`,
      'the metadata address': `tcp ${outside.metadata} ${lanPort}`,
      'the machine’s resolver': `tcp ${outside.lan} 53`,
      'the machine’s resolver by UDP': `udp ${outside.lan} 53`,
      'what else is built': `tcp ${neighbour} 9`,
      'the internet': `tcp ${outside.internet} ${lanPort}`,
      'the internet by UDP': `udp ${outside.internet} ${lanPort}`,
    })
    const all = (outcome: string, but: Outcomes = {}) => ({
      ...Object.fromEntries(Object.keys(targets()).map((name) => [name, outcome])),
      ...but,
    })
    const permitted = Object.fromEntries(
      ['the internet', 'the internet by UDP', 'the machine’s resolver', 'the machine’s resolver by UDP'].map((name) => [name, 'open']),
    )
    const docker = (...args: string[]) => run('/usr/bin/docker', '--host', `unix://${engine.socket}`, ...args)

    async function reach(buildkit: boolean): Promise<Outcomes> {
      const program = `${probe}; probe(${JSON.stringify(targets())}).then((outcomes) => console.log('<' + JSON.stringify(outcomes) + '>'))`
      await writeFile(join(directory, 'probe.js'), program)
      await writeFile(join(directory, 'Dockerfile'), `FROM ${image}\nCOPY probe.js /probe.js\nRUN ["node", "/probe.js"]\n`)
      const output = await run(
        ...['env', `DOCKER_BUILDKIT=${buildkit ? 1 : 0}`, '/usr/bin/docker', '--host', `unix://${engine.socket}`],
        ...['build', '--no-cache', ...(buildkit ? ['--progress=plain'] : []), directory],
      )
      return JSON.parse(/<(\{.*\})>/.exec(output)?.[1] ?? '{}')
    }

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'micro-build-'))
      outside = await createOutside()
      machine = await listenOnMachine()
      await run('ip', 'link', 'add', bridge, 'type', 'bridge')
      await run('ip', 'addr', 'add', `${outside.bridgeAddress}/24`, 'dev', bridge)
      await run('ip', 'link', 'set', bridge, 'up')
      for (const rule of accept) await run('iptables', '-A', ...rule)
      engine = await createOwnEngine(dockerd, { bridge })
      await engine.start()
      image = await ensureTestImage(engine.socket)
      await writeFile(join(directory, 'resolv.conf'), `nameserver ${outside.lan}\nnameserver 127.0.0.53\n`)
      const other = await docker('run', '--detach', image, 'node', '-e', `${listen}; listen('0.0.0.0', 9)`)
      neighbour = (await docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', other.trim())).trim()
    }, 120_000)

    afterAll(async () => {
      await firewallWith([]).remove()
      await docker('rm', '--force', ...(await docker('ps', '--quiet', '--all')).split('\n').filter(Boolean))
      await engine?.dispose()
      for (const rule of accept) await run('iptables', '-D', ...rule)
      await run('ip', 'link', 'del', bridge)
      machine?.close()
      await outside?.dispose()
      await rm(directory, { recursive: true, force: true })
    }, 60_000)

    test.for([true, false])(
      'is the internet, what the operator allows, and nothing private (BuildKit: %s)',
      { timeout: 120_000 },
      async (buildkit) => {
        expect(await reach(buildkit)).toEqual(all('open'))
        await firewallWith([]).apply({ closed: [] })
        expect(await reach(buildkit)).toEqual(all('refused', permitted))
        await firewallWith([outside.lanNetwork, machine.address]).apply({ closed: [] })
        const allowed = ['a port of the machine at its own address', 'the same by UDP', 'a private network', 'a private network by UDP']
        expect(await reach(buildkit)).toEqual(
          all('refused', { ...permitted, ...Object.fromEntries(allowed.map((name) => [name, 'open'])) }),
        )
        await firewallWith([]).remove()
      },
    )
  })
})
