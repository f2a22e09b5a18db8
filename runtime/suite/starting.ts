import { describe, expect, test } from 'vitest'
import type { InstanceSpec } from '../runtime.ts'
import type { Driver } from './helpers.ts'

export function starting(driver: Driver): void {
  describe('starting', () => {
    test('an applied instance runs and answers on the address it was given', async () => {
      const { id } = await driver.start()
      const instance = await driver.find(id)
      expect(instance).toMatchObject({ id, namespace: 'acme', service: 'helloworld', release: 1, restarts: 0, state: 'running' })
      expect(await driver.answer(id)).toBe('hello')
    })

    test('applying the same spec again changes nothing', async () => {
      const spec = driver.specOf()
      const first = await driver.runtime.apply(spec)
      expect(await driver.runtime.apply(structuredClone(spec))).toEqual(first)
      expect(await driver.runtime.list()).toHaveLength(1)
    })

    test('applying the same spec twice at once starts one instance', async () => {
      const spec = driver.specOf({ command: 'echo started; exec sleep 60' })
      await Promise.all([driver.runtime.apply(spec), driver.runtime.apply(spec)])
      await driver.runtime.remove(spec.id, { graceMs: 0 })
      await driver.start({ ...spec, command: 'echo once' })
      expect(await driver.texts(spec.id, 1)).toEqual(['once'])
    })

    test('the instance sees its variables, PORT and MICRO_INSTANCE', async () => {
      const { id } = await driver.start({ command: ['node', 'variables.mjs'], env: { GREETING: 'a "b" $c\n`d`', PORT: '1' } })
      const variables = JSON.parse((await driver.texts(id, 1))[0] ?? '')
      expect(variables).toMatchObject({ GREETING: 'a "b" $c\n`d`', MICRO_INSTANCE: id })
      expect(Number(variables.PORT)).toBeGreaterThan(1)
      expect(await driver.reach(id, variables.PORT)).toEqual((await driver.running(id)).address)
    })

    test('secrets are files for it to read, and nowhere among its variables', async () => {
      const secrets = { TOKEN: 'p@ss "word" $x', key_pem: '-----BEGIN-----\nä\n-----END-----\n' }
      const { id } = await driver.start({ command: ['node', 'secrets.mjs'], env: { MICRO_SECRETS: '/elsewhere' }, secrets })
      const seen = JSON.parse((await driver.texts(id, 1))[0] ?? '')
      expect(seen.files).toEqual(secrets)
      for (const value of Object.values(secrets)) expect(JSON.stringify(seen.variables)).not.toContain(JSON.stringify(value).slice(1, -1))
    })

    test('secrets are there at every start of the instance', async () => {
      const { id } = await driver.start({ command: 'cat "$MICRO_SECRETS/LINE"; exit 1', secrets: { LINE: 'again\n' }, restart: 'always' })
      expect(await driver.texts(id, 2)).toEqual(['again', 'again'])
    })

    test.each([[undefined], [{}]])('without secrets (%o) there is no directory for them', async (secrets) => {
      const { id } = await driver.start({ command: 'test -z "$MICRO_SECRETS" && echo none', ...(secrets ? { secrets } : {}) })
      expect(await driver.texts(id, 1)).toEqual(['none'])
    })

    test('a list is executed as it is, a string as a command line', async () => {
      const list = await driver.start({ command: ['node', '-p', 'process.argv.slice(1).join("|")', '$HOME', 'a b', '; exit 3'] })
      const line = await driver.start({ command: 'X=1; echo "$X $GREETING" && echo two', env: { GREETING: 'hi' } })
      expect(await driver.texts(list.id, 1)).toEqual(['$HOME|a b|; exit 3'])
      expect(await driver.texts(line.id, 2)).toEqual(['1 hi', 'two'])
    })

    test('it starts in the artifact, or in the working directory inside it', async () => {
      const root = await driver.start({ command: 'cat where.txt' })
      const inner = await driver.start({ command: 'cat where.txt', workingDirectory: 'inner/deep' })
      expect(await driver.texts(root.id, 1)).toEqual(['root'])
      expect(await driver.texts(inner.id, 1)).toEqual(['deep'])
    })

    test('its home and its temporary directory can be written', async () => {
      const { id } = await driver.start({ command: 'echo a > "$HOME/file" && echo b > "$TMPDIR/file" && cat "$HOME/file" "$TMPDIR/file"' })
      expect(await driver.texts(id, 2)).toEqual(['a', 'b'])
    })

    test('a command that does not exist is refused and leaves nothing', async () => {
      const spec = driver.specOf({ command: ['no-such-command', 'x'] })
      await expect(driver.runtime.apply(spec)).rejects.toMatchObject({
        code: 'failed_precondition',
        details: { reason: 'COMMAND_NOT_FOUND' },
      })
      expect(await driver.runtime.list()).toEqual([])
    })

    test('a command line whose command does not exist exits with 127', async () => {
      const { id } = await driver.start({ command: 'no-such-command' })
      expect((await driver.exited(id)).exit.code).toBe(127)
    })

    test.each([
      ['id', { id: '../x' }],
      ['workingDirectory', { workingDirectory: '../x' }],
      ['command', { command: [] }],
      ['env', { env: { 'A=B': 'c' } }],
      ['secrets', { secrets: { '../x': 'c' } }],
    ] satisfies [string, Partial<InstanceSpec>][])('a %s that could break out is refused', async (_, changes) => {
      await expect(driver.runtime.apply(driver.specOf(changes))).rejects.toMatchObject({ code: 'invalid_argument' })
    })
  })
}
